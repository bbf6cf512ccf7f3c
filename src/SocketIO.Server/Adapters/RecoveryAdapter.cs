// Connection state recovery in one process: a log of what was sent, and the sessions that may come back.
using System.Globalization;

namespace SocketIO.Server;

/// <summary>
/// An in-process adapter that keeps what was sent and who has lost the connection, so that clients can return.
/// Source: <see href="https://socket.io/docs/v4/connection-state-recovery"/>.
/// </summary>
public sealed class RecoveryAdapter : InProcessAdapter
{
    private static readonly TimeSpan CleanupInterval = TimeSpan.FromSeconds(60);

    private readonly ConnectionStateRecoveryOptions _options;
    private readonly TimeProvider _time;
    // Guarded by Order, all of it: the log, what is delivered and who returns are of one order, and none may come between another's steps.
    private readonly LinkedList<LoggedPacket> _log = new();
    private readonly Dictionary<long, LinkedListNode<LoggedPacket>> _bySequence = [];
    private readonly Dictionary<string, LinkedListNode<StoredSession>> _sessions = [];
    private readonly LinkedList<StoredSession> _sessionsByAge = new();
    private readonly string _epoch = Engine.CreateId()[..8];
    private readonly ITimer _cleanup;
    private long _sequence;
    private long _logBytes;

    /// <summary>Makes an adapter.</summary>
    /// <param name="ns">The namespace that it serves.</param>
    /// <param name="options">How long and how much is kept.</param>
    public RecoveryAdapter(Namespace ns, ConnectionStateRecoveryOptions options)
        : base(ns)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = ns.Server.Engine.Time;
        _cleanup = _time.CreateTimer(static state => ((RecoveryAdapter)state!).Cleanup(), this, CleanupInterval, CleanupInterval);
    }

    /// <inheritdoc/>
    public override bool KeepsPackets => true;

    /// <summary>How much is kept.</summary>
    internal (int Packets, long Bytes, int Sessions) Kept
    {
        get
        {
            lock (Order)
            {
                return (_log.Count, _logBytes, _sessions.Count);
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync()
    {
        _cleanup.Dispose();
        return base.CloseAsync();
    }

    /// <inheritdoc/>
    public override ValueTask BroadcastAsync(EventPayload payload, BroadcastOptions options)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Volatile)
        {
            return base.BroadcastAsync(payload, options);
        }

        Delivery delivery;
        lock (Order)
        {
            var sequence = ++_sequence;
            var kept = payload.Append(string.Create(CultureInfo.InvariantCulture, $"{_epoch}.{sequence}"));
            _bySequence[sequence] = _log.AddLast(new LoggedPacket(sequence, kept, options, _time.GetTimestamp()));
            _logBytes += kept.Length;
            while (_log.Count > _options.MaxPackets || _logBytes > _options.MaxBytes)
            {
                Namespace.Server.Engine.Bounds.Met(_log.Count > _options.MaxPackets ? Bound.MaxPackets : Bound.MaxBytes);
                RemoveOldest();
            }

            delivery = Deliver(kept, options);
        }

        delivery.NotifyListeners();
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask PersistSessionAsync(SocketSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        lock (Order)
        {
            _sessions[session.PrivateId] = _sessionsByAge.AddLast(new StoredSession(session, _time.GetTimestamp()));
            while (_sessions.Count > _options.MaxSessions)
            {
                Namespace.Server.Engine.Bounds.Met(Bound.MaxSessions);
                _sessions.Remove(_sessionsByAge.First!.Value.Session.PrivateId);
                _sessionsByAge.RemoveFirst();
            }
        }

        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<SocketSession?> RestoreSessionAsync(string privateId, string offset, string? user)
    {
        ArgumentNullException.ThrowIfNull(privateId);
        ArgumentNullException.ThrowIfNull(offset);
        lock (Order)
        {
            if (!_sessions.TryGetValue(privateId, out var node) || node.Value.Session.User != user || !TryFind(offset, out _))
            {
                return default;
            }

            _sessions.Remove(privateId);
            _sessionsByAge.Remove(node);
            return new(IsExpired(node.Value.DisconnectedAt) ? null : node.Value.Session with { Offset = offset });
        }
    }

    /// <inheritdoc/>
    public override ValueTask<bool> TryConnectAsync(Socket socket, SocketSession? session, Action<IReadOnlyList<EventPayload>> connect)
    {
        ArgumentNullException.ThrowIfNull(connect);
        if (session?.Offset is null)
        {
            return base.TryConnectAsync(socket, session, connect);
        }

        lock (Order)
        {
            if (!TryFind(session.Offset, out var seen))
            {
                return new(false);
            }

            var missed = new List<EventPayload>();
            var rooms = session.Rooms.ToHashSet();
            for (var node = seen.Next; node is not null; node = node.Next)
            {
                if (Matches(node.Value.Options, rooms))
                {
                    missed.Add(node.Value.Payload);
                }
            }

            connect(missed);
            return new(true);
        }
    }

    private static bool Matches(BroadcastOptions options, HashSet<string> rooms) =>
        (options.Rooms.Count == 0 || options.Rooms.Any(rooms.Contains)) && !options.Except.Any(rooms.Contains);

    private bool TryFind(string offset, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LinkedListNode<LoggedPacket>? node)
    {
        node = null;
        return offset.Length > _epoch.Length + 1
            && offset.StartsWith(_epoch, StringComparison.Ordinal)
            && offset[_epoch.Length] == '.'
            && long.TryParse(offset.AsSpan(_epoch.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && _bySequence.TryGetValue(sequence, out node);
    }

    private bool IsExpired(long since) => _time.GetElapsedTime(since) > _options.MaxDisconnectionDuration;

    private void RemoveOldest()
    {
        var oldest = _log.First!.Value;
        _log.RemoveFirst();
        _bySequence.Remove(oldest.Sequence);
        _logBytes -= oldest.Payload.Length;
    }

    private void Cleanup()
    {
        lock (Order)
        {
            while (_sessionsByAge.First is { } session && IsExpired(session.Value.DisconnectedAt))
            {
                _sessionsByAge.RemoveFirst();
                _sessions.Remove(session.Value.Session.PrivateId);
            }

            while (_log.First is { } packet && IsExpired(packet.Value.EmittedAt))
            {
                RemoveOldest();
            }
        }
    }

    private sealed record LoggedPacket(long Sequence, EventPayload Payload, BroadcastOptions Options, long EmittedAt);

    private sealed record StoredSession(SocketSession Session, long DisconnectedAt);
}
