using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The server's pings, and the end of a client that does not answer them.</summary>
internal sealed class ServerHeartbeat(EngineConnection connection) : Heartbeat(connection)
{
    private volatile bool _waitsForPong;

    // Counted from the last pong, so that a ping that left late takes nothing from the client's time.
    protected override TimeSpan Remaining => Options.PingInterval + Options.PingTimeout - Silence;

    public override void Start()
    {
        Renew();
        Connection.Engine.Timers.ScheduleNotAfter(this, Options.PingInterval);
    }

    public override void OnPing() => Connection.OnClosed(CloseReasons.TransportError, "invalid heartbeat direction");

    public override void OnPong()
    {
        _waitsForPong = false;
        Start();
    }

    protected internal override void OnTimer()
    {
        if (Connection.ReadyState == ReadyState.Closed)
        {
            return;
        }

        // Where nothing is read, no pong is; the client wants its pings all the same.
        var isPaused = Connection.IsReadingPaused;
        if (_waitsForPong && !isPaused)
        {
            End();
            return;
        }

        _waitsForPong = true;
        Connection.Engine.Timers.Schedule(this, isPaused ? Options.PingInterval : Remaining);
        Connection.Send(new EnginePacket(EnginePacketType.Ping));
    }
}
