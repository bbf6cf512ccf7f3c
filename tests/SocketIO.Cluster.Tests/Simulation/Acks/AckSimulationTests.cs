using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

/// <summary>Broadcasts with acknowledgement: promises 2, 7 and 8.</summary>
public sealed class AckSimulationTests(ITestOutputHelper output) : SimulationTests<AckFault>(output)
{
    public static TheoryData<AckFault> Faults => All;

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_deliberate_fault_is_found(AckFault fault) => Find(fault);

    protected override void Simulate(int seed, AckFault fault) => new AckWorld(seed, fault).Run();
}
