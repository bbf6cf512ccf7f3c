namespace SocketIO.Testing;

/// <summary>A clock that runs, and leaps when a test says so; timers go by the one that only runs.</summary>
public sealed class LeapingTimeProvider : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override long GetTimestamp() => base.GetTimestamp() + (long)(TimeSpan.FromTicks(Interlocked.Read(ref _ahead)).TotalSeconds * TimestampFrequency);

    public void Leap(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
