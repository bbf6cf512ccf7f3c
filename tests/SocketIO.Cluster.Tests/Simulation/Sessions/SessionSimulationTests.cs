using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

/// <summary>Sessions that a client comes back to: promises 5, 6 and 8.</summary>
public sealed class SessionSimulationTests(ITestOutputHelper output) : SimulationTests<SessionFault>(output)
{
    public static TheoryData<SessionFault> Faults => All;

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_deliberate_fault_is_found(SessionFault fault) => Find(fault);

    protected override void Simulate(int seed, SessionFault fault) => new SessionWorld(seed, fault).Run();
}
