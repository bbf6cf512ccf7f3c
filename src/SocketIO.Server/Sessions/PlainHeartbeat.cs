// Clients 0.1 to 0.2 hear heartbeats and do not answer; later ones send back what they hear; who polls gets none as a rule.
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The heartbeats of a client before 0.7, and the loss of a transport on which they are not answered.</summary>
internal sealed class PlainHeartbeat(EngineConnection connection, Version06Options options) : Heartbeat(connection)
{
    private volatile bool _waitsForAnswer;

    protected override TimeSpan Remaining => _waitsForAnswer ? options.HeartbeatInterval + options.HeartbeatTimeout - Silence : TimeSpan.MaxValue;

    // Those of a transport that is not there would wait in the queue and be late.
    private bool Sends => !Connection.IsAbsent
        && (options.HeartbeatsWhilePolling || Connection.CurrentTransport is not PollingTransport)
        && Connection.Codec.Has(EnginePacketType.Ping);

    private bool IsAnswered => Connection.Codec.Has(EnginePacketType.Pong);

    public override void Start()
    {
        _waitsForAnswer = false;
        Renew();
        Connection.Engine.Timers.ScheduleNotAfter(this, options.HeartbeatInterval);
        if (Connection.Codec.Forms.Count > 1 && Connection.CurrentTransport is not PollingTransport)
        {
            // Those that answer it tell by that of which generation they are.
            Connection.Send(new EnginePacket(EnginePacketType.Ping));
        }
    }

    public override void OnAttached() => OnPong();

    public override void OnPing()
    {
    }

    public override void OnPong()
    {
        _waitsForAnswer = false;
        Renew();
        Connection.Engine.Timers.ScheduleNotAfter(this, options.HeartbeatInterval);
    }

    protected internal override void OnTimer()
    {
        if (Connection.ReadyState == ReadyState.Closed)
        {
            return;
        }

        var isPaused = Connection.IsReadingPaused;
        if (_waitsForAnswer && !isPaused)
        {
            _waitsForAnswer = false;
            Connection.LoseTransportElsewhere(CloseReasons.PingTimeout);
        }
        else if (Sends)
        {
            _waitsForAnswer = IsAnswered;
            Connection.Send(new EnginePacket(EnginePacketType.Ping));
        }

        Connection.Engine.Timers.Schedule(this, _waitsForAnswer && !isPaused ? options.HeartbeatTimeout : options.HeartbeatInterval);
    }
}
