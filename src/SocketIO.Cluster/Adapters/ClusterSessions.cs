// The sessions that clients may come back to, at this gateway or another.
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>The sessions that this gateway owns, and how one becomes its own. Thread-safe.</summary>
internal sealed class ClusterSessions(ClusterGateway gateway, ISessionLink link)
{
    private static readonly TimeSpan WrittenStep = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, OwnedSession> _owned = new();
    private readonly ConditionalWeakTable<Socket, OwnedSession> _bySocket = [];
    // Claimed, and not begun yet: the generation to write under.
    private readonly ConcurrentDictionary<string, ulong> _claimed = new();

    /// <summary>How many sessions there are, those not included that others have claimed.</summary>
    public int Count => _owned.Count;

    /// <summary>A socket is about to connect, with a new session or one that it has come back to.</summary>
    public void Begin(Socket socket, SocketSession session)
    {
        _claimed.TryRemove(session.PrivateId, out var generation);
        var owned = new OwnedSession(link, gateway.Id, session.PrivateId, socket, session.User, generation, () => Read(socket), OnOver);
        _owned[session.PrivateId] = owned;
        _bySocket.Add(socket, owned);
        socket.Data.Changed += _ => owned.Write();
    }

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
            owned.Leave(new SessionContent(session.Rooms, Write(socket.Data, socket.Namespace)));
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

    /// <summary>A socket has lost its connection.</summary>
    public void Leave(SocketSession session, Namespace ns)
    {
        if (_owned.TryGetValue(session.PrivateId, out var owned))
        {
            owned.Leave(new SessionContent(session.Rooms, Write(session.Data, ns)));
        }
        else if (_claimed.TryRemove(session.PrivateId, out var generation))
        {
            // It was claimed, but its client has gone before it was back.
            _ = LeaveAsync(session, generation, ns);
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
        if (!gateway.Ids.TryRead(privateId, out _))
        {
            // No gateway has made it: nobody else is asked.
            return null;
        }

        try
        {
            var reply = await link.ClaimAsync(privateId, Random.Shared.NextInt64(), gateway.Id, user).ConfigureAwait(false);
            if (reply is not { Outcome: SessionOutcome.Done, State: { } state })
            {
                return null;
            }

            // The owner before knows better than what it had time to write; a dead one is not waited for.
            var content = await gateway.AskAsync(state.PreviousOwner, BatchType.Evict, new EventPayload(Encoding.UTF8.GetBytes(privateId))).ConfigureAwait(false) is [var last]
                ? SessionContent.Read(last)
                : new SessionContent(state.Rooms, SessionDataFormat.Read(state.Data));
            if (content is null)
            {
                await link.EndAsync(privateId, state.Generation).ConfigureAwait(false);
                return null;
            }

            _claimed[privateId] = state.Generation;
            return new SocketSession(state.SocketId, privateId, content.Rooms, SocketData.Read(ns, content.Data), user);
        }
        catch (Exception e)
        {
            // Its client gets a fresh session.
            gateway.LogFailure(e, ns.Name);
            return null;
        }
    }

    /// <summary>Another gateway has claimed a session: its socket ends here.</summary>
    /// <returns>What is known of it; <see langword="null"/> if this gateway does not own it.</returns>
    public EventPayload? Evict(string privateId)
    {
        if (!_owned.TryRemove(privateId, out var owned))
        {
            return null;
        }

        var content = owned.GiveUp();
        owned.Socket.Evict();
        return content?.Write() ?? SessionContent.Ended;
    }

    private async Task LeaveAsync(SocketSession session, ulong generation, Namespace ns)
    {
        try
        {
            await link.SaveAsync(session.PrivateId, generation, 1, session.Rooms, SessionDataFormat.Write(Write(session.Data, ns)), isAway: true).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // It can be claimed all the same, and for longer than it could be otherwise.
            gateway.LogFailure(e, ns.Name);
        }
    }

    private SessionContent Read(Socket socket) => new([.. socket.Rooms], Write(socket.Data, socket.Namespace));

    private EventPayload Write(SocketData data, Namespace ns)
    {
        try
        {
            return data.Write(ns);
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or InvalidOperationException)
        {
            // What can't be written does not come back; the rest does.
            gateway.LogFailure(e, ns.Name);
            return EventPayload.Empty;
        }
    }

    private void OnOver(OwnedSession owned, bool isElsewhere)
    {
        _owned.TryRemove(KeyValuePair.Create(owned.PrivateId, owned));
        if (isElsewhere)
        {
            owned.Socket.Evict();
        }
    }
}
