namespace SocketIO.Server.Tests;

/// <summary>The adapter of a single process.</summary>
public sealed class InProcessAdapterContract() : AdapterContract(1)
{
    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => InProcessNodes.StartAsync(nodes, configure);
}

/// <summary>The adapter that keeps packets does all that the other does.</summary>
public sealed class RecoveryAdapterContract() : AdapterContract(1)
{
    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => InProcessNodes.StartAsync(nodes, configure);

    protected override void Configure(SocketIOOptions options) => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
}

/// <summary>Recovery in a single process.</summary>
public sealed class InProcessRecoveryContract() : RecoveryContract(1)
{
    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => InProcessNodes.StartAsync(nodes, configure);
}

internal static class InProcessNodes
{
    public static async Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure)
    {
        Assert.Equal(1, nodes);
        return [await Node.StartAsync(configure)];
    }
}
