using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// Runs a simulation with one seed after the other, without a fault and with each of the deliberate ones.
/// SOCKETIO_SIM_SEEDS multiplies the number of seeds, SOCKETIO_SIM_FIRST is the first of them, SOCKETIO_SIM_SEED replays one, where a debugger can follow it.
/// </summary>
/// <typeparam name="TFault">The deliberate faults; 0 is none.</typeparam>
public abstract class SimulationTests<TFault>(ITestOutputHelper output)
    where TFault : struct, Enum
{
    private const int Seeds = 400;

    /// <summary>How many seeds may pass a fault by before it counts as not found.</summary>
    private const int SeedsForAFault = 1_000;

    private protected static TheoryData<TFault> All => [.. Enum.GetValues<TFault>().Where(fault => !fault.Equals(default(TFault)))];

    [Fact]
    public void Whatever_fails_the_promises_hold()
    {
        if (Setting("SOCKETIO_SIM_SEED") is { } only)
        {
            Run(only);
            return;
        }

        var clock = Stopwatch.StartNew();
        var first = Setting("SOCKETIO_SIM_FIRST") ?? 0;
        var count = Seeds * (Setting("SOCKETIO_SIM_SEEDS") ?? 1);
        for (var seed = first; seed < first + count; seed++)
        {
            Run(seed);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} seeds from {first} in {clock.Elapsed.TotalSeconds:F1} s"));
    }

    /// <summary>A fault is found, and as FAULTS.md says: by the same seed, as the same broken promise.</summary>
    protected void Find(TFault fault)
    {
        for (var seed = 0; seed < SeedsForAFault; seed++)
        {
            try
            {
                Simulate(seed, fault);
            }
            catch (BrokenPromiseException e)
            {
                FaultTable.Check(typeof(TFault).Name, fault.ToString(), seed, e.Message);
                return;
            }
        }

        Assert.Fail($"{fault} was not found within {SeedsForAFault} seeds.");
    }

    /// <summary>One run, the same to the letter for the same seed.</summary>
    /// <exception cref="BrokenPromiseException">A promise did not hold.</exception>
    protected abstract void Simulate(int seed, TFault fault);

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;

    private void Run(int seed)
    {
        try
        {
            Simulate(seed, default);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"SOCKETIO_SIM_SEED={seed}: {e.Message}", e);
        }
    }
}
