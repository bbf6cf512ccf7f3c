// The server's heartbeats, which a client answers at once; some clients send theirs by a clock of their own, which is as good.
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The heartbeats of a client 0.7 to 0.9, and the end of one that does not answer. Who polls gets none: a session without polls ends anyway.</summary>
internal sealed class ProtocolOneHeartbeat(EngineConnection connection, Version09Options options) : Heartbeat(connection)
{
    private volatile bool _waitsForAnswer;

    protected override TimeSpan Remaining => _waitsForAnswer ? options.HeartbeatInterval + options.HeartbeatTimeout - Silence : TimeSpan.MaxValue;

    private bool Sends => !Connection.IsAbsent && Connection.CurrentTransport is not PollingTransport;

    public override void Start()
    {
        _waitsForAnswer = false;
        Renew();
        Connection.Engine.Timers.ScheduleNotAfter(this, options.HeartbeatInterval);
    }

    public override void OnPing() => OnPong();

    public override void OnPong() => Start();

    public override void OnAttached() => Start();

    protected internal override void OnTimer()
    {
        if (Connection.ReadyState == ReadyState.Closed)
        {
            return;
        }

        // Where nothing is read, no answer is; the client wants its heartbeats all the same.
        var isPaused = Connection.IsReadingPaused;
        if (_waitsForAnswer && !isPaused && Sends)
        {
            End();
            return;
        }

        _waitsForAnswer = Sends;
        Connection.Engine.Timers.Schedule(this, _waitsForAnswer && !isPaused ? Remaining : options.HeartbeatInterval);
        if (Sends)
        {
            Connection.Send(new EnginePacket(EnginePacketType.Ping));
        }
    }
}
