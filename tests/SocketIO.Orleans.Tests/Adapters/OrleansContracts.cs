using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>The adapter of an Orleans cluster: three silos, each with a server.</summary>
public sealed class OrleansAdapterContract() : AdapterContract(3)
{
    private readonly OrleansCluster _cluster = new();

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => _cluster.StartAsync(nodes, configure);
}

/// <summary>Recovery at another silo than the one that was lost.</summary>
public sealed class OrleansRecoveryContract() : RecoveryContract(3)
{
    private readonly OrleansCluster _cluster = new();

    protected override bool EvictsOwners => true;

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => _cluster.StartAsync(nodes, configure);
}
