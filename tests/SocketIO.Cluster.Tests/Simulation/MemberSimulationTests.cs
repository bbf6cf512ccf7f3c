using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// Durable membership under everything that a seed can make go wrong. SOCKETIO_SIM_SEED replays one seed, SOCKETIO_SIM_SEEDS multiplies their number.
/// </summary>
public class MemberSimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 300;

    public static TheoryData<MemberFault> Faults => [.. Enum.GetValues<MemberFault>().Where(fault => fault != MemberFault.None)];

    [Fact]
    public void What_was_acknowledged_holds_and_is_listed_once()
    {
        if (Environment.GetEnvironmentVariable("SOCKETIO_SIM_SEED") is { Length: > 0 } only)
        {
            Run(int.Parse(only, CultureInfo.InvariantCulture), MemberFault.None);
            return;
        }

        var clock = Stopwatch.StartNew();
        var seeds = Seeds * int.Parse(Environment.GetEnvironmentVariable("SOCKETIO_SIM_SEEDS") ?? "1", CultureInfo.InvariantCulture);
        for (var seed = 0; seed < seeds; seed++)
        {
            Run(seed, MemberFault.None);
        }

        output.WriteLine($"{seeds} seeds in {clock.Elapsed.TotalSeconds:F1} s, {clock.Elapsed.TotalMilliseconds / seeds:F2} ms each");
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_deliberate_fault_is_found(MemberFault fault)
    {
        for (var seed = 0; seed < 1000; seed++)
        {
            try
            {
                Run(seed, fault);
            }
            catch (InvalidOperationException e)
            {
                output.WriteLine($"| {fault} | {seed} | {e.InnerException?.Message} |");
                return;
            }
        }

        Assert.Fail($"{fault} was not found by 1000 seeds.");
    }

    private static void Run(int seed, MemberFault fault)
    {
        try
        {
            new MemberWorld(seed, fault).Run();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"SOCKETIO_SIM_SEED={seed}: {e.Message}", e);
        }
    }
}
