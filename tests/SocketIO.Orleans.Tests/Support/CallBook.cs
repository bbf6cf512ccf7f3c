using System.Collections.Concurrent;
using Orleans;

namespace SocketIO.Orleans.Tests;

/// <summary>Writes down which methods of this project are called by the silos it is given to.</summary>
internal sealed class CallBook : IOutgoingGrainCallFilter
{
    private readonly ConcurrentQueue<string> _calls = new();

    /// <summary>The calls so far, oldest first: interface and method.</summary>
    public string[] All => [.. _calls];

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.InterfaceMethod.DeclaringType is { Namespace: { } ns } type && ns.StartsWith("SocketIO", StringComparison.Ordinal))
        {
            _calls.Enqueue($"{type.Name}.{context.InterfaceMethod.Name}");
        }

        return context.Invoke();
    }
}
