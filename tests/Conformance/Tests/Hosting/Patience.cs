using System.Threading.Channels;

namespace SocketIO.Conformance.Tests;

/// <summary>How long a test waits for what has to come; only one that fails waits that long.</summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Soon(this Task task) => task.WaitAsync(Limit);

    /// <summary>Waits for what nothing tells of.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        for (var end = DateTime.UtcNow + Limit; !condition(); await Task.Delay(2))
        {
            Assert.True(DateTime.UtcNow < end, "it did not come");
        }
    }
}

/// <summary>What a server's handlers saw, in order, for a test that waits for it.</summary>
internal sealed class Recorder<T>
{
    private readonly Channel<T> _items = Channel.CreateUnbounded<T>();

    /// <summary>Whether there is nothing that has not been taken.</summary>
    public bool IsEmpty => !_items.Reader.TryPeek(out _);

    public void Add(T item) => _items.Writer.TryWrite(item);

    public Task<T> NextAsync() => _items.Reader.ReadAsync().AsTask().Soon();
}
