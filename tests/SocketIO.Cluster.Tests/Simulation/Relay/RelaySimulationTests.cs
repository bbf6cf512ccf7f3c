using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

/// <summary>Publishers, partitions and gateways: promises 2, 3, 5 and 8.</summary>
public sealed class RelaySimulationTests(ITestOutputHelper output) : SimulationTests<RelayFault>(output)
{
    public static TheoryData<RelayFault> Faults => All;

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_deliberate_fault_is_found(RelayFault fault) => Find(fault);

    protected override void Simulate(int seed, RelayFault fault) => new RelayWorld(seed, fault).Run();
}
