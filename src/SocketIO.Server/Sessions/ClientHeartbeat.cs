// Until Engine.IO 3 it is the client that pings: the server answers, and ends a session from which nothing comes at all.
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The answers to a client's pings, and the end of a client that sends nothing.</summary>
internal sealed class ClientHeartbeat(EngineConnection connection) : Heartbeat(connection)
{
    protected override TimeSpan Remaining => Options.PingInterval + Options.PingTimeout - Silence;

    public override void Start()
    {
        Renew();
        Connection.Engine.Timers.Schedule(this, Options.PingInterval + Options.PingTimeout);
    }

    // The timer is left where it is: it looks at the time that is left when it comes.
    public override void OnPacket() => Renew();

    public override void OnPing() => Connection.Send(new EnginePacket(EnginePacketType.Pong));

    public override void OnPong() => Start();

    // The client takes any packet for a sign of life, and goes without one within the time-out of a ping that is not read.
    public override void OnPaused() => Connection.Engine.Timers.ScheduleNotAfter(this, Options.PingTimeout / 2);

    protected internal override void OnTimer()
    {
        if (Connection.ReadyState == ReadyState.Closed)
        {
            return;
        }

        if (Connection.IsReadingPaused)
        {
            Connection.Send(new EnginePacket(EnginePacketType.Pong));
            OnPaused();
        }
        else if (Remaining is var remaining && remaining > TimeSpan.Zero)
        {
            Connection.Engine.Timers.Schedule(this, remaining);
        }
        else
        {
            End();
        }
    }
}
