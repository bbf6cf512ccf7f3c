namespace SocketIO.Cluster.Tests;

/// <summary>The system's clock, which a test puts forward.</summary>
internal sealed class LeapingTimeProvider : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _ahead));

    public override long GetTimestamp() => System.GetTimestamp() + (long)(TimeSpan.FromTicks(Volatile.Read(ref _ahead)).TotalSeconds * TimestampFrequency);

    public void Leap(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
