using System.Net;
using System.Net.Sockets;

namespace SocketIO.Conformance.Tests;

/// <summary>What all the live answers of a replay have in common: whoever waits for one of them, waits here.</summary>
internal sealed class LiveProgress
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes something in that may be waited for.</summary>
    public void Update(Action update)
    {
        lock (_gate)
        {
            update();
            _next.TrySetResult();
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public T Read<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    /// <summary>Waits for what is to come.</summary>
    /// <returns>Whether it has, within the limit.</returns>
    public async Task<bool> WaitAsync(Func<bool> hasCome, TimeSpan limit)
    {
        using var late = new CancellationTokenSource(limit);
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (hasCome())
                {
                    return true;
                }

                next = _next.Task;
            }

            try
            {
                await next.WaitAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }
}

/// <summary>A request that was played to the live server on a connection of its own, and the answer as far as it has come.</summary>
internal sealed class LiveExchange : IDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly LiveProgress _progress;
    private readonly MemoryStream _raw = new();

    private LiveExchange(CapturedExchange captured, LiveProgress progress)
    {
        Captured = captured;
        _progress = progress;
    }

    /// <summary>Whose request it is.</summary>
    public CapturedExchange Captured { get; }

    /// <summary>The answer; it grows.</summary>
    public HttpTape Response { get; } = new();

    /// <summary>The port on the client's side.</summary>
    public int Port { get; private set; }

    /// <summary>Whether the server has closed the connection.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>How many of the answer's units have been looked at.</summary>
    public int TakenUnits { get; set; }

    /// <summary>All that has come, head and transfer coding included.</summary>
    public byte[] Raw => _progress.Read(_raw.ToArray);

    public static async Task<LiveExchange> StartAsync(CapturedExchange captured, int port, ReadOnlyMemory<byte> data, LiveProgress progress)
    {
        var live = new LiveExchange(captured, progress);
        await live._tcp.ConnectAsync("127.0.0.1", port).Soon();
        live.Port = ((IPEndPoint)live._tcp.Client.LocalEndPoint!).Port;
        _ = live.ReadAsync();
        await live.WriteAsync(data);
        return live;
    }

    public Task WriteAsync(ReadOnlyMemory<byte> data) => _tcp.GetStream().WriteAsync(data).AsTask().Soon();

    public void Dispose() => _tcp.Dispose();

    private async Task ReadAsync()
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (int read; (read = await _tcp.GetStream().ReadAsync(buffer)) > 0;)
            {
                _progress.Update(() => Take(buffer.AsSpan(0, read)));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
        }

        _progress.Update(() =>
        {
            IsEnded = true;
            Response.End();
        });
    }

    private void Take(ReadOnlySpan<byte> data)
    {
        _raw.Write(data);
        if (Captured.Request is not null)
        {
            Response.Feed(data);
        }
    }
}
