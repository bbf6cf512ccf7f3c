namespace SocketIO.Cluster.Tests;

/// <summary>A process's own clock: it is ahead or behind, and runs too fast or too slow.</summary>
/// <param name="offset">What it shows at the beginning.</param>
/// <param name="percent">How fast it runs: 100 is right.</param>
internal readonly record struct SimulatedClock(TimeSpan offset, int percent)
{
    /// <summary>What it shows at a true time.</summary>
    public TimeSpan At(TimeSpan time) => offset + (time * percent / 100);
}
