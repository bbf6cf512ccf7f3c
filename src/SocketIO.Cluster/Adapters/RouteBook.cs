// Which rooms a gateway has had routed to it, and the joins and leaves that make it so.
using System.Text;

namespace SocketIO.Cluster;

/// <summary>
/// Keeps the partitions' routes to this gateway what its sockets need. Whether a room is needed is asked anew, under the lock, before anything is published;
/// so joins and leaves of many threads end in what is true, in whatever order they come here. Thread-safe.
/// </summary>
/// <param name="gateway">This gateway.</param>
/// <param name="channels">The partitions; each knows all routes.</param>
/// <param name="isNeeded">Whether a socket of this gateway is in a room.</param>
internal sealed class RouteBook(GatewayId gateway, PartitionChannel[] channels, Func<string, bool> isNeeded)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Route> _routes = [];
    // An outbox was full: some partitions may have heard of the last change of these, and some not.
    private readonly HashSet<string> _unpublished = [];

    /// <summary>How many rooms are routed here, or will be.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _routes.Count;
            }
        }
    }

    /// <summary>A room's name as it travels.</summary>
    /// <exception cref="ArgumentException">It is no valid UTF-16.</exception>
    public static byte[] Encode(string room)
    {
        try
        {
            return StrictUtf8.GetBytes(room);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException("The name of a room in a cluster has to be valid UTF-16.", nameof(room), e);
        }
    }

    /// <summary>Sockets of this gateway have entered rooms.</summary>
    /// <returns>Completes when all partitions route them here.</returns>
    public Task AddAsync(IEnumerable<string> rooms)
    {
        lock (_gate)
        {
            List<Task>? waiting = null;
            List<Route>? fresh = null;
            foreach (var room in rooms)
            {
                if (!_routes.TryGetValue(room, out var route))
                {
                    route = _routes[room] = new Route(room, Encode(room));
                    (fresh ??= []).Add(route);
                }

                if (!route.Joined.IsCompleted)
                {
                    (waiting ??= []).Add(route.Joined);
                }
            }

            if (fresh is not null)
            {
                Publish(RelayItemKind.Join, fresh);
            }

            return waiting switch
            {
                null => Task.CompletedTask,
                [var single] => single,
                _ => Task.WhenAll(waiting),
            };
        }
    }

    /// <summary>Sockets of this gateway have left rooms.</summary>
    public void Release(IEnumerable<string> rooms)
    {
        lock (_gate)
        {
            List<Route>? unneeded = null;
            foreach (var room in rooms)
            {
                if (_routes.TryGetValue(room, out var route) && !isNeeded(room))
                {
                    (unneeded ??= []).Add(route);
                }
            }

            if (unneeded is not null)
            {
                Leave(unneeded);
            }
        }
    }

    /// <summary>There may be room again for what could not be published.</summary>
    public void Retry()
    {
        lock (_gate)
        {
            if (_unpublished.Count == 0)
            {
                return;
            }

            var routes = _unpublished.Select(room => _routes[room]).ToList();
            _unpublished.Clear();
            Publish(RelayItemKind.Join, routes.FindAll(route => isNeeded(route.Room)));
            Leave(routes.FindAll(route => !isNeeded(route.Room)));
        }
    }

    /// <summary>Calls with all rooms; none is added or removed meanwhile.</summary>
    public T WithRooms<T>(Func<IReadOnlyCollection<ReadOnlyMemory<byte>>, T> action)
    {
        lock (_gate)
        {
            return action([.. _routes.Values.Select(static route => route.Name)]);
        }
    }

    private void Leave(List<Route> routes)
    {
        if (Publish(RelayItemKind.Leave, routes))
        {
            foreach (var route in routes)
            {
                _routes.Remove(route.Room);
                // Whoever waits for it has left meanwhile.
                route.Complete();
            }
        }
    }

    private bool Publish(RelayItemKind kind, List<Route> routes)
    {
        if (routes.Count == 0)
        {
            return true;
        }

        var item = RelayItem.Create(kind, RelayItemFlags.None, [.. routes.Select(static route => route.Name)], [], 0, default, gateway, null);
        var sequenced = new Task[channels.Length];
        for (var i = 0; i < channels.Length; i++)
        {
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!channels[i].TryPublish(item, source))
            {
                _unpublished.UnionWith(routes.Select(static route => route.Room));
                return false;
            }

            sequenced[i] = source.Task;
        }

        if (kind == RelayItemKind.Join)
        {
            _ = CompleteAsync(sequenced, routes);
        }

        return true;
    }

    private static async Task CompleteAsync(Task[] sequenced, List<Route> routes)
    {
        await Task.WhenAll(sequenced).ConfigureAwait(false);
        foreach (var route in routes)
        {
            route.Complete();
        }
    }

    private sealed class Route(string room, ReadOnlyMemory<byte> name)
    {
        private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Room { get; } = room;

        public ReadOnlyMemory<byte> Name { get; } = name;

        public Task Joined => _joined.Task;

        public void Complete() => _joined.TrySetResult();
    }
}
