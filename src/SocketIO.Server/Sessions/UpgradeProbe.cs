// The middle of an upgrade: the session still lives on its old transport while the new one is tried out.
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Answers the probe on the new transport, releases the waiting poll, and hands the transport over or closes it.</summary>
internal sealed class UpgradeProbe : ITransportListener
{
    private static readonly TimeSpan ReleaseInterval = TimeSpan.FromMilliseconds(100);

    private readonly EngineConnection _connection;
    private readonly Transport _transport;
    private readonly CallbackTimer _deadline;
    private readonly CallbackTimer _release;
    private int _ended;

    public UpgradeProbe(EngineConnection connection, Transport transport)
    {
        _connection = connection;
        _transport = transport;
        _deadline = new CallbackTimer(GiveUp);
        _release = new CallbackTimer(ReleasePoll);
        transport.Listener = this;
    }

    private TimerWheel Timers => _connection.Engine.Timers;

    public void Start() => Timers.Schedule(_deadline, _connection.Engine.Options.UpgradeTimeout);

    public void OnPacket(Transport transport, in EnginePacket packet)
    {
        if (packet.Type == EnginePacketType.Ping && packet.Data.Span.SequenceEqual("probe"u8))
        {
            lock (_connection.Gate)
            {
                _transport.TryWrite(new EnginePacket(EnginePacketType.Pong, packet.Data), compress: false);
            }

            _transport.Flush();
            Timers.Schedule(_release, ReleaseInterval);
        }
        else if (packet.Type == EnginePacketType.Upgrade && End())
        {
            if (!_connection.CompleteUpgrade(_transport))
            {
                _transport.Close(null);
            }
        }
        else
        {
            GiveUp();
        }
    }

    public void OnClosed(Transport transport, string reason, string? detail)
    {
        if (End())
        {
            _connection.AbandonUpgrade(this);
        }
    }

    public void OnConnectionClosed()
    {
        if (End())
        {
            _transport.Close(null);
        }
    }

    private void GiveUp()
    {
        if (End())
        {
            _connection.AbandonUpgrade(this);
            _transport.Close(null);
        }
    }

    private void ReleasePoll()
    {
        if (Volatile.Read(ref _ended) == 0)
        {
            (_connection.CurrentTransport as PollingTransport)?.Release();
            Timers.Schedule(_release, ReleaseInterval);
        }
    }

    private bool End()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return false;
        }

        Timers.Cancel(_deadline);
        Timers.Cancel(_release);
        return true;
    }
}
