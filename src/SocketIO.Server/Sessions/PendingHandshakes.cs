// Before Engine.IO a handshake is a request of its own; a session begins when the first transport is opened with its id.
using System.Collections.Concurrent;

namespace SocketIO.Server;

/// <summary>Connections whose clients have their ids and have not opened a transport yet. Bounded in number and time.</summary>
internal sealed class PendingHandshakes(Engine engine, Version09Options options)
{
    private readonly ConcurrentDictionary<string, Pending> _connections = new();
    private int _count;

    /// <summary>Keeps a connection for its client; <see langword="false"/>: as many are kept as may, or the id is taken.</summary>
    public bool TryAdd(EngineConnection connection)
    {
        var pending = new Pending(this, connection);
        if (Interlocked.Increment(ref _count) > options.MaxPendingHandshakes || !_connections.TryAdd(connection.Id, pending))
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        engine.Timers.Schedule(pending, options.HandshakeTimeout);
        return true;
    }

    /// <summary>Gives the connection to the first who asks for it.</summary>
    public EngineConnection? Take(string id)
    {
        if (!_connections.TryRemove(id, out var pending))
        {
            return null;
        }

        Interlocked.Decrement(ref _count);
        engine.Timers.Cancel(pending);
        return pending.Connection;
    }

    private sealed class Pending(PendingHandshakes handshakes, EngineConnection connection) : TimerEntry
    {
        public EngineConnection Connection => connection;

        protected internal override void OnTimer() => handshakes.Take(connection.Id);
    }
}
