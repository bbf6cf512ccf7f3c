using System.Collections.Concurrent;
using System.Text;
using Orleans;

namespace SocketIO.Orleans.Tests;

/// <summary>A call of a grain, or of another gateway.</summary>
internal sealed record GrainCall(string Target, byte[]? Frame)
{
    /// <summary>Whether it is made to an id, or carries it.</summary>
    public bool IsAbout(string id) => Target.Contains(id, StringComparison.Ordinal) || Frame.AsSpan().IndexOf(Encoding.UTF8.GetBytes(id)) >= 0;
}

/// <summary>Writes down the calls that the silos of a test make.</summary>
internal sealed class CallBook : IOutgoingGrainCallFilter
{
    private readonly ConcurrentQueue<GrainCall> _calls = new();

    public IReadOnlyCollection<GrainCall> All => _calls;

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        _calls.Enqueue(new GrainCall(context.TargetId.ToString(), context.Request.GetArgumentCount() > 0 ? context.Request.GetArgument(0) as byte[] : null));
        return context.Invoke();
    }
}
