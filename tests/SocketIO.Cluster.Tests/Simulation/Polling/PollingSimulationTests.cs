using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

/// <summary>Polling sessions whose requests arrive at any gateway: promises 1, 2, 3, 5 and 8.</summary>
public sealed class PollingSimulationTests(ITestOutputHelper output) : SimulationTests<PollingFault>(output)
{
    public static TheoryData<PollingFault> Faults => All;

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_deliberate_fault_is_found(PollingFault fault) => Find(fault);

    protected override void Simulate(int seed, PollingFault fault) => new PollingWorld(seed, fault).Run();
}
