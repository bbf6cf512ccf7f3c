using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The server's pings, and the end of a client that does not answer them.</summary>
internal sealed class Heartbeat(EngineConnection connection) : TimerEntry
{
    private volatile bool _waitsForPong;
    private long _since = connection.Engine.Time.GetTimestamp();

    /// <summary>Whether the pong is overdue, even where the wheel has not come round to it yet.</summary>
    public bool IsExpired => Remaining < TimeSpan.Zero && !connection.IsReadingPaused;

    private EngineOptions Options => connection.Engine.Options;

    // Counted from the last pong, so that a ping that left late takes nothing from the client's time.
    private TimeSpan Remaining => Options.PingInterval + Options.PingTimeout - connection.Engine.Time.GetElapsedTime(Volatile.Read(ref _since));

    public void Start()
    {
        Volatile.Write(ref _since, connection.Engine.Time.GetTimestamp());
        connection.Engine.Timers.ScheduleNotAfter(this, Options.PingInterval);
    }

    public void Stop() => connection.Engine.Timers.Cancel(this);

    public void OnPong()
    {
        _waitsForPong = false;
        Start();
    }

    protected internal override void OnTimer()
    {
        if (connection.ReadyState == ReadyState.Closed)
        {
            return;
        }

        // Where nothing is read, no pong is; the client wants its pings all the same.
        var isPaused = connection.IsReadingPaused;
        if (_waitsForPong && !isPaused)
        {
            // Not here: handlers of a client that has gone must not keep the pings of the others waiting.
            connection.EndElsewhere(CloseReasons.PingTimeout, null, abort: false);
            return;
        }

        _waitsForPong = true;
        connection.Engine.Timers.Schedule(this, isPaused ? Options.PingInterval : Remaining);
        connection.Send(new EnginePacket(EnginePacketType.Ping));
    }
}
