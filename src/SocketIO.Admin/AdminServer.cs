// The server's side of the Admin UI: who is let in, what dashboards are told, and when it is worth looking.
using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>
/// Serves dashboards. It looks at the server only while there is one, on this server or, as the others say again and again, on another one of the cluster.
/// </summary>
internal sealed class AdminServer : IDisposable
{
    private const string Looking = "admin:looking";
    private const string Sockets = "admin:sockets";

    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    // How long the word of another server holds; it is repeated with each report.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly AdminOptions _options;
    private readonly SocketIOServer _server;
    private readonly Namespace _namespace;
    private readonly TimeProvider _time;
    private readonly AdminPackets _packets;
    private readonly AdminFeed _feed;
    private readonly AdminSessions _sessions;
    private readonly AdminLogin? _login;
    private readonly DashboardCommands? _commands;
    private readonly SocketObserver? _observer;
    private readonly AggregatedEvents _events;
    // Lists of sockets are long: they are gathered one after another, however many dashboards connect.
    private readonly SemaphoreSlim _listing = new(1, 1);
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _othersLook;
    private bool _isLooking;
    private bool _isStarted;
    private int _ticks;

    public AdminServer(SocketIOServer server, AdminOptions options)
    {
        _options = options;
        _server = server;
        _time = server.Engine.Time;
        _namespace = server.Of(options.Namespace);
        _packets = new AdminPackets(server, options, _time);
        _feed = new AdminFeed(_namespace);
        _sessions = new AdminSessions(_namespace, options, _time);
        _login = options.AllowAnonymous ? null : new AdminLogin(options, _sessions, _time);
        _commands = options.ReadOnly ? null : new DashboardCommands(_namespace);
        _observer = options.Mode == AdminMode.Development ? new SocketObserver(_namespace, _packets, _feed, options, _time) : null;
        _events = new AggregatedEvents(server.Engine, _time);
        // A server that starts does not know yet whether somebody looks: it would miss its first clients.
        _othersLook = _time.GetTimestamp();
    }

    /// <summary>Hears of clients from now on; before the first one comes.</summary>
    public void Attach()
    {
        if (_login is not null)
        {
            _namespace.Use(_login.LogInAsync);
        }

        _namespace.PrependConnection(OnDashboard);
        _sessions.Attach();
        _commands?.Attach();
        _observer?.Attach();
        _events.Attach();
        _namespace.OnServerSide(Looking, _ =>
        {
            OnOthersLook();
            return null;
        });
        _namespace.OnServerSide(Sockets, _ =>
        {
            OnOthersLook();
            return _observer is null ? null : _packets.OwnSockets();
        });
        Refresh();
    }

    /// <summary>Tells dashboards from now on; once the host has started, a silo for one, by which others are reached.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _isStarted = true;
            if (_isLooking)
            {
                _feed.Post(_packets.ServerStats([]));
            }
        }

        _timer = _time.CreateTimer(static state => ((AdminServer)state!).Tick(), this, TickInterval, TickInterval);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _feed.Dispose();
        _login?.Dispose();
        _listing.Dispose();
    }

    private void OnDashboard(Socket dashboard)
    {
        _commands?.Register(dashboard);
        if (_login?.TakeSession(dashboard) is { } session)
        {
            _feed.Send(dashboard, _packets.Session(session));
        }

        _feed.Send(dashboard, _packets.Config());
        dashboard.OnDisconnect(_ => Refresh());
        Refresh();
        Announce();
        if (_observer is not null)
        {
            // Not waited for: the dashboard's commands would wait as well.
            _server.Forget(() => SendAllSocketsAsync(dashboard));
        }
    }

    private void OnOthersLook()
    {
        lock (_gate)
        {
            _othersLook = _time.GetTimestamp();
        }

        Refresh();
    }

    private void Tick() => _server.Guard(() =>
    {
        Refresh();
        if (!_isLooking)
        {
            return;
        }

        _events.Sample();
        if (++_ticks % 2 == 0)
        {
            if (_namespace.Sockets.Count > 0)
            {
                Announce();
            }

            _feed.Post(_packets.ServerStats(_events.Take()));
        }
    });

    // Begins or ends to look, as there is somebody or nobody.
    private void Refresh()
    {
        lock (_gate)
        {
            var isLooking = _namespace.Sockets.Count > 0 || _time.GetElapsedTime(_othersLook) < Lease;
            if (isLooking == _isLooking)
            {
                return;
            }

            _isLooking = isLooking;
            if (isLooking)
            {
                _events.Start();
                _observer?.Start();
                if (_isStarted)
                {
                    _feed.Post(_packets.ServerStats([]));
                }
            }
            else
            {
                _events.Stop();
                _observer?.Stop();
            }
        }
    }

    // The other servers are to look as well.
    private void Announce() => _server.Forget(() => _namespace.Adapter.ServerSideEmitAsync(_server.CreatePayload(Looking, [])));

    private async ValueTask SendAllSocketsAsync(Socket dashboard)
    {
        await _listing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (dashboard.IsConnected)
            {
                _feed.Send(dashboard, _packets.AllSockets(await AskOthersAsync().ConfigureAwait(false)));
            }
        }
        finally
        {
            _listing.Release();
        }
    }

    private async ValueTask<IReadOnlyList<EventPayload>> AskOthersAsync()
    {
        try
        {
            return await _namespace.Adapter.ServerSideEmitWithAckAsync(_server.CreatePayload(Sockets, []), Patience, CancellationToken.None).ConfigureAwait(false);
        }
        catch (AckTimeoutException e)
        {
            // A server that does not answer is not to hide the others.
            return e.Payloads;
        }
    }
}
