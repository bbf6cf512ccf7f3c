using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

/// <summary>Durable membership: promises 4, 5 and 8.</summary>
public sealed class MemberSimulationTests(ITestOutputHelper output) : SimulationTests<MemberFault>(output)
{
    public static TheoryData<MemberFault> Faults => All;

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_deliberate_fault_is_found(MemberFault fault) => Find(fault);

    protected override void Simulate(int seed, MemberFault fault) => new MemberWorld(seed, fault).Run();
}
