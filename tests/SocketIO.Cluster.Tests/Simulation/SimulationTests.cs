using System.Globalization;
using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// SOCKETIO_SIM_SEEDS multiplies the seeds of a run; SOCKETIO_SIM_SEED replays one, where a debugger can follow it.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 400;

    public static TheoryData<Fault> Faults => [.. Enum.GetValues<Fault>().Where(fault => fault != Fault.None)];

    [Fact]
    public void Whatever_fails_the_promises_hold()
    {
        if (Setting("SOCKETIO_SIM_SEED") is { } seed)
        {
            Simulation.Run(seed);
            return;
        }

        var count = Seeds * (Setting("SOCKETIO_SIM_SEEDS") ?? 1);
        for (var next = 0; next < count; next++)
        {
            Simulation.Run(next);
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_deliberate_fault_is_found(Fault fault)
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            try
            {
                Simulation.Run(seed, fault);
            }
            catch (BrokenPromiseException e)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {fault} | {seed + 1} | {e.Message} |"));
                return;
            }
        }

        Assert.Fail($"{fault} was not found within 1,000 seeds.");
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;
}
