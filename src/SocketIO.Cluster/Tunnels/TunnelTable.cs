using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>The way of a tunnel's messages to the other gateways.</summary>
internal interface ITunnelLink
{
    /// <summary>Whether so much is on its way to a gateway that data has to wait.</summary>
    bool IsBusy(GatewayId gateway);

    /// <summary>Sends a <see cref="TunnelMessage"/>.</summary>
    void Send(GatewayId gateway, ReadOnlyMemory<byte> message);
}

/// <summary>The tunnels that end at a gateway: those whose clients it carries, and those of its own sessions.</summary>
/// <param name="gate">Guards all of them, and is held where a member says so; others take it.</param>
/// <param name="link">The way to the other ends. It is used with the gate held.</param>
/// <param name="options">The bounds.</param>
/// <param name="silence">How long the owner of a session may be silent: its heartbeat makes it speak sooner.</param>
/// <param name="now">The clock.</param>
internal sealed class TunnelTable(Lock gate, ITunnelLink link, ClusterOptions options, TimeSpan silence, Func<TimeSpan> now)
{
    private readonly Dictionary<TunnelId, Tunnel> _tunnels = [];
    private readonly HashSet<Tunnel> _blocked = [];

    /// <summary>How many clients of other gateways' sessions are carried here. The gate is held.</summary>
    public int Carried { get; private set; }

    /// <summary>How many sessions of this gateway are carried by others. The gate is held.</summary>
    public int Owned => _tunnels.Count - Carried;

    /// <summary>The bytes that lie here unread. The gate is held.</summary>
    public long Unread => _tunnels.Values.Sum(static tunnel => (long)tunnel.Window.Unread);

    /// <summary>Begins a tunnel at this end. The gate is held.</summary>
    public Tunnel Open(TunnelId id, GatewayId peer, string? extension = null)
    {
        var tunnel = new Tunnel(this, id, peer, options.MaxRelayedWebSocketBytes) { HeardAt = now(), Extension = extension };
        _tunnels.Add(id, tunnel);
        Carried += tunnel.IsEdge ? 1 : 0;
        Grant(tunnel);
        return tunnel;
    }

    /// <summary>A tunnel that the other end may believe in does not exist here. The gate is held.</summary>
    public void Deny(TunnelId id, GatewayId peer) => link.Send(peer, new TunnelMessage(id, TunnelMessageKind.Abort).Write());

    /// <summary>A message has arrived. Of a tunnel that is over nothing counts any more. The gate is held.</summary>
    public void Receive(GatewayId from, in TunnelMessage message)
    {
        if (_tunnels.TryGetValue(message.Tunnel, out var tunnel) && tunnel.Peer == from)
        {
            tunnel.HeardAt = now();
            tunnel.Receive(message);
        }
    }

    /// <summary>What was on its way to a gateway has arrived. The gate is held.</summary>
    public void OnArrived(GatewayId gateway)
    {
        if (_blocked.Count > 0 && !link.IsBusy(gateway))
        {
            _blocked.RemoveWhere(tunnel =>
            {
                if (tunnel.Peer != gateway)
                {
                    return false;
                }

                tunnel.GoOn();
                return true;
            });
        }
    }

    /// <summary>The gate is held.</summary>
    public void OnGatewayDead(GatewayId gateway)
    {
        foreach (var tunnel in _tunnels.Values.Where(tunnel => tunnel.Peer == gateway).ToList())
        {
            Cut(tunnel, "the other gateway is dead");
        }
    }

    /// <summary>Time has passed. The gate is held.</summary>
    public void Advance()
    {
        foreach (var tunnel in _tunnels.Values.Where(tunnel => tunnel.IsEdge && now() - tunnel.HeardAt > silence).ToList())
        {
            Abort(tunnel, "the session's gateway is silent");
        }
    }

    /// <summary>Those whose clients are carried here. The gate is held.</summary>
    public IReadOnlyCollection<Tunnel> GetCarried() => [.. _tunnels.Values.Where(static tunnel => tunnel.IsEdge)];

    /// <summary>The client's end has nothing to do any more, or wants to do no more.</summary>
    public void Leave(Tunnel tunnel)
    {
        lock (gate)
        {
            Tell(tunnel, TunnelMessageKind.Abort);
            if (Remove(tunnel))
            {
                tunnel.End();
            }
        }
    }

    /// <summary>Ends a tunnel at both ends.</summary>
    public void Abort(Tunnel tunnel, string why)
    {
        lock (gate)
        {
            Tell(tunnel, TunnelMessageKind.Abort);
            Cut(tunnel, why);
        }
    }

    /// <summary>Ends a tunnel of which the other end knows already, or is dead. The gate is held.</summary>
    public void Cut(Tunnel tunnel, string why)
    {
        if (Remove(tunnel))
        {
            tunnel.Cut(why);
        }
    }

    /// <summary>Sends as much as the other end has room for.</summary>
    /// <param name="tunnel">Through which.</param>
    /// <param name="bytes">What there is to send.</param>
    /// <param name="sent">How much was sent, or will never be.</param>
    /// <returns>When to go on with the rest.</returns>
    public Task Send(Tunnel tunnel, in ReadOnlySequence<byte> bytes, out long sent)
    {
        lock (gate)
        {
            if (tunnel.IsOver)
            {
                sent = bytes.Length;
                return Task.CompletedTask;
            }

            if (link.IsBusy(tunnel.Peer))
            {
                _blocked.Add(tunnel);
                sent = 0;
                return tunnel.WaitAsync();
            }

            sent = tunnel.Window.Take((int)Math.Min(bytes.Length, TunnelMessage.MaxBytes));
            if (sent == 0)
            {
                return tunnel.WaitAsync();
            }

            link.Send(tunnel.Peer, new TunnelMessage(tunnel.Id, TunnelMessageKind.Data, 0, bytes.Slice(0, sent)).Write());
            return Task.CompletedTask;
        }
    }

    /// <summary>All was sent: the owner's end has nothing to do any more, the client's end waits for that.</summary>
    public void SendEnd(Tunnel tunnel)
    {
        lock (gate)
        {
            Tell(tunnel, TunnelMessageKind.End);
            if (!tunnel.IsEdge && Remove(tunnel))
            {
                tunnel.End();
            }
        }
    }

    /// <summary>Bytes were read.</summary>
    public void OnRead(Tunnel tunnel, int bytes)
    {
        lock (gate)
        {
            tunnel.Window.OnRead(bytes);
            Grant(tunnel);
        }
    }

    /// <summary>Does something with the gate held.</summary>
    public void Do(Action action)
    {
        lock (gate)
        {
            action();
        }
    }

    private void Grant(Tunnel tunnel)
    {
        if (!tunnel.IsOver && tunnel.Window.Grant() is > 0 and var room)
        {
            link.Send(tunnel.Peer, new TunnelMessage(tunnel.Id, TunnelMessageKind.Credit, room).Write());
        }
    }

    private void Tell(Tunnel tunnel, TunnelMessageKind kind)
    {
        if (!tunnel.IsOver)
        {
            link.Send(tunnel.Peer, new TunnelMessage(tunnel.Id, kind).Write());
        }
    }

    private bool Remove(Tunnel tunnel)
    {
        _blocked.Remove(tunnel);
        if (!_tunnels.Remove(tunnel.Id))
        {
            return false;
        }

        Carried -= tunnel.IsEdge ? 1 : 0;
        return true;
    }
}
