// The sessions that clients may come back to, at this gateway or another.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>The sessions that this gateway owns, and how one becomes its own. Thread-safe.</summary>
internal sealed class ClusterSessions(ClusterGateway gateway, ISessionLink link)
{
    // Sessions are many, and may all have begun at once.
    private const int MaxRefreshesAtOnce = 5_000;

    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WrittenStep = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, OwnedSession> _owned = new();
    private readonly ConditionalWeakTable<Socket, OwnedSession> _bySocket = [];
    // What whoever has claimed a session was told of it.
    private readonly ConcurrentDictionary<string, EventPayload> _given = new();
    // Claimed, and not begun yet.
    private readonly ConcurrentDictionary<string, ClaimedSession> _claimed = new();
    private TimeSpan _refreshedAt;

    /// <summary>How many sessions there are, those not included that others have claimed.</summary>
    public int Count => _owned.Count;

    /// <summary>A socket is about to connect, with a new session or one that it has come back to.</summary>
    /// <returns><see langword="false"/>: it can't come back, because another gateway, or another attempt at this one, has claimed the session since.</returns>
    public bool Begin(Socket socket, SocketSession session)
    {
        var claimed = FindClaim(session);
        var generation = claimed is not null && Remove(claimed) ? claimed.Generation : 0;
        if (session.Offset is not null && generation == 0)
        {
            return false;
        }

        var owned = new OwnedSession(link, gateway.Id, session.PrivateId, socket, session.User, generation, () => Read(socket), OnOver, () => gateway.Now);
        _owned[session.PrivateId] = owned;
        _bySocket.Add(socket, owned);
        socket.Data.Changed += _ => owned.Write();
        return true;
    }

    /// <summary>Whether a socket that has begun may connect: nobody has claimed its session since.</summary>
    public bool Owns(Socket socket) => _bySocket.TryGetValue(socket, out var owned) && owned.IsConnected;

    /// <summary>It has connected, or its client has gone before it could; then one that had come back may do so again.</summary>
    public void Connected(Socket socket, SocketSession session)
    {
        if (!_bySocket.TryGetValue(socket, out var owned))
        {
            return;
        }

        if (socket.IsConnected)
        {
            owned.Write();
            if (!owned.IsConnected)
            {
                // Claimed by another gateway in this very moment.
                socket.Evict();
            }
        }
        else if (session.Offset is null)
        {
            owned.End();
        }
        else
        {
            var isOurs = owned.IsConnected;
            owned.Leave(new SessionContent(session.Rooms, Write(socket.Data, socket.Namespace)));
            if (!isOurs)
            {
                // Its client has come back once more meanwhile.
                socket.Connection.Close();
            }
        }
    }

    /// <summary>It could not come back: there will be a fresh session instead.</summary>
    public void Refused(Socket socket)
    {
        if (_bySocket.TryGetValue(socket, out var owned))
        {
            owned.End();
        }
    }

    /// <summary>A socket's rooms have changed.</summary>
    public void Changed(Socket socket)
    {
        if (_bySocket.TryGetValue(socket, out var owned))
        {
            owned.Write();
        }
    }

    /// <summary>A socket has lost its connection. If its client is back by now, here or elsewhere, the session is another socket's.</summary>
    public void Leave(SocketSession session, Namespace ns)
    {
        if (_owned.TryGetValue(session.PrivateId, out var owned) && owned.Socket.Data == session.Data)
        {
            owned.Leave(new SessionContent(session.Rooms, Write(session.Data, ns)));
        }
        else if (FindClaim(session) is { } claimed)
        {
            // It was claimed, but its client has gone before it was back.
            _ = LeaveAsync(session, claimed, ns);
        }
    }

    /// <summary>A socket has ended; unless it has left before, it can't come back.</summary>
    public void Ended(Socket socket)
    {
        if (_bySocket.TryGetValue(socket, out var owned) && owned is { IsConnected: true, HasBegun: true })
        {
            owned.End();
        }
    }

    /// <summary>Looks now and then for sessions that have not changed for long: what nobody writes for a day can't be claimed any more.</summary>
    public void Tick()
    {
        if (gateway.Now - _refreshedAt < RefreshInterval)
        {
            return;
        }

        _refreshedAt = gateway.Now;
        var left = MaxRefreshesAtOnce;
        foreach (var (_, owned) in _owned)
        {
            if (owned.Refresh() && --left == 0)
            {
                return;
            }
        }
    }

    /// <summary>Completes when all sessions of a namespace are written, once its sockets have ended.</summary>
    public async Task WhenWrittenAsync(Namespace ns, CancellationToken cancellationToken)
    {
        while (_owned.Values.Any(owned => owned.Socket.Namespace == ns))
        {
            await Task.Delay(WrittenStep, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Claims a session for a client that has come back to this gateway.</summary>
    /// <returns>The session, or <see langword="null"/>: there is none that can be claimed.</returns>
    public async Task<SocketSession?> ClaimAsync(string privateId, string? user, Namespace ns)
    {
        if (!gateway.Ids.TryRead(privateId, out _, ns.Name))
        {
            // No gateway has made it, or for another namespace: nobody else is asked.
            return null;
        }

        ClaimedSession? claimed = null;
        try
        {
            var reply = await link.ClaimAsync(privateId, Random.Shared.NextInt64(), gateway.Id, user).ConfigureAwait(false);
            if (reply is not { Outcome: SessionOutcome.Done, State: { } state })
            {
                return null;
            }

            claimed = new ClaimedSession(privateId, state.Generation, ReadLastAsync(privateId, state));
            _claimed[privateId] = claimed;
            _given.TryRemove(privateId, out _);
            if (await claimed.Content.ConfigureAwait(false) is { } content)
            {
                claimed.Data = SocketData.Read(ns, content.Data);
                return new SocketSession(state.SocketId, privateId, content.Rooms, claimed.Data, user);
            }

            await link.EndAsync(privateId, state.Generation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            gateway.LogFailure(e, ns.Name);
        }

        // Its client gets a fresh session.
        if (claimed is not null)
        {
            Remove(claimed);
        }

        return null;
    }

    /// <summary>Another gateway has claimed a session: its socket ends here.</summary>
    /// <returns>What is known of it; <see langword="null"/> if this gateway does not own it.</returns>
    public async ValueTask<EventPayload?> EvictAsync(string privateId)
    {
        if (_owned.TryRemove(privateId, out var owned))
        {
            return Keep(privateId, owned.GiveUp());
        }

        if (_claimed.TryRemove(privateId, out var claimed))
        {
            return Keep(privateId, await claimed.Content.ConfigureAwait(false));
        }

        return _given.GetValueOrDefault(privateId);
    }

    // The answer may be lost: it is given again to whoever asks again.
    private EventPayload Keep(string privateId, SessionContent? content)
    {
        var given = content?.Write() ?? SessionContent.Ended;
        _given[privateId] = given;
        _ = ForgetAsync();
        return given;

        async Task ForgetAsync()
        {
            await Task.Delay(OwnedSession.EvictionTime).ConfigureAwait(false);
            _given.TryRemove(KeyValuePair.Create(privateId, given));
        }
    }

    // The owner before knows better than what it had time to write; a dead one is not waited for, nor one that is silent for long. Null: it has ended.
    private async Task<SessionContent?> ReadLastAsync(string privateId, SessionState state)
    {
        var question = new EventPayload(Encoding.UTF8.GetBytes(privateId));
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < gateway.Options.RequestTimeout;)
        {
            // Messages between gateways may be lost.
            if (await gateway.AskAsync(state.PreviousOwner, BatchType.Evict, question, AskInterval).ConfigureAwait(false) is { } answers)
            {
                if (answers is [var last])
                {
                    return SessionContent.Read(last);
                }

                break;
            }

            await Task.Delay(AskPause).ConfigureAwait(false);
        }

        return new SessionContent(state.Rooms, SessionDataFormat.Read(state.Data));
    }

    private async Task LeaveAsync(SocketSession session, ClaimedSession claimed, Namespace ns)
    {
        var outcome = SessionOutcome.Unavailable;
        try
        {
            var data = SessionDataFormat.Write(Write(session.Data, ns));
            outcome = (await link.SaveAsync(session.PrivateId, claimed.Generation, 1, session.Rooms, data, isAway: true).ConfigureAwait(false)).Outcome;
            if (outcome == SessionOutcome.TooLarge)
            {
                // Nobody is to come back to what is stored of before.
                await link.EndAsync(session.PrivateId, claimed.Generation).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // It can be claimed all the same, and for longer than it could be otherwise.
            gateway.LogFailure(e, ns.Name);
        }

        if (outcome != SessionOutcome.Done)
        {
            await Task.Delay(OwnedSession.EvictionTime).ConfigureAwait(false);
        }

        Remove(claimed);
    }

    private SessionContent Read(Socket socket) => new([.. socket.Rooms], Write(socket.Data, socket.Namespace));

    private EventPayload Write(SocketData data, Namespace ns)
    {
        try
        {
            return data.Write(ns);
        }
        catch (Exception e)
        {
            // Whatever the application's values throw. What can't be written does not come back; the rest does.
            gateway.LogFailure(e, ns.Name);
            return EventPayload.Empty;
        }
    }

    private void OnOver(OwnedSession owned) => _owned.TryRemove(KeyValuePair.Create(owned.PrivateId, owned));

    // Only that of this very session: its client may have come back once more since.
    private ClaimedSession? FindClaim(SocketSession session) =>
        _claimed.TryGetValue(session.PrivateId, out var claimed) && claimed.Data == session.Data ? claimed : null;

    private bool Remove(ClaimedSession claimed) => _claimed.TryRemove(KeyValuePair.Create(claimed.PrivateId, claimed));

    /// <param name="privateId">The session's id.</param>
    /// <param name="generation">The generation to write under.</param>
    /// <param name="content">What is known of it, as soon as its owner before has answered; <see langword="null"/>: it has ended.</param>
    private sealed class ClaimedSession(string privateId, ulong generation, Task<SessionContent?> content)
    {
        public string PrivateId { get; } = privateId;

        public ulong Generation { get; } = generation;

        public Task<SessionContent?> Content { get; } = content;

        /// <summary>The data of the socket that is to come.</summary>
        public SocketData? Data { get; set; }
    }
}
