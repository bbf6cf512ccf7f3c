using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

/// <summary>A roster that fills and empties, its shards that split and merge, under several machines at a time: promises 4 and 8.</summary>
public sealed class RosterSimulationTests(ITestOutputHelper output) : SimulationTests<RosterFault>(output)
{
    public static TheoryData<RosterFault> Faults => All;

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_deliberate_fault_is_found(RosterFault fault) => Find(fault);

    protected override void Simulate(int seed, RosterFault fault) => new RosterWorld(seed, fault).Run();
}
