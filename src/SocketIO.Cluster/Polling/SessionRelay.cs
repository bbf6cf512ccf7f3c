// No sticky sessions: a request that arrived at the wrong gateway is served by the right one, and answered where it arrived.
using System.Text;
using Microsoft.Extensions.Logging;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>
/// A gateway's part in the sessions of all gateways: the edge for requests of others' sessions, and the desk for requests of its own that arrived elsewhere.
/// Thread-safe. The engine is called without the lock.
/// </summary>
internal sealed partial class SessionRelay(IClusterLink link, SessionIds ids, ClusterOptions options, Func<TimeSpan> now, ILogger logger) : ISessionRelay, ITunnelLink
{
    private readonly ILogger _logger = logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<GatewayId, PeerChannel> _peers = [];
    private readonly Dictionary<long, WaitingRequest> _waiting = [];
    private readonly Dictionary<(GatewayId Edge, long Number), ServedRequest> _served = [];
    private readonly PollingDesk _desk = new(options.MaxRelayedRequests);
    private readonly List<PeerFrame> _frames = [];
    private readonly List<PollingEdgeOutput> _edgeOutputs = [];
    private readonly List<PollingDeskOutput> _deskOutputs = [];
    private PollingEdge _edge = null!;
    private TunnelTable _tunnels = null!;
    private Engine _engine = null!;
    private long _refused;

    /// <summary>Connections that are still to be closed, once this gateway stops.</summary>
    public int Draining => _engine is { IsClosing: true } engine ? engine.ClientsCount + (int)CarriedWebSockets : 0;

    /// <summary>This gateway stops: it takes no new clients from now on.</summary>
    // A host that is stopped before its server was ever asked for has no engine.
    public void BeginDrain() => _engine?.BeginDrain();

    /// <summary>Requests of others' sessions that wait here for their answers.</summary>
    public long PendingRequests => Read(static relay => relay._edge.Pending);

    /// <summary>Requests of this gateway's sessions that are served for others.</summary>
    public long ServedRequests => Read(static relay => relay._desk.Serving);

    /// <summary>Requests and upgrades that were refused here because a bound was reached, here or at the owner.</summary>
    public long Refused => Read(static relay => relay._refused);

    /// <summary>The bytes on their way to the gateway that is furthest behind.</summary>
    public long UnacknowledgedBytes => Read(static relay => relay._peers.Values.Select(static peer => peer.Bytes).DefaultIfEmpty().Max());

    /// <summary>How many clients of other gateways' sessions have their WebSockets here.</summary>
    public long CarriedWebSockets => Read(static relay => relay._tunnels.Carried);

    /// <summary>How many sessions of this gateway have their WebSockets elsewhere.</summary>
    public long OwnWebSockets => Read(static relay => relay._tunnels.Owned);

    /// <summary>The bytes of relayed WebSockets that lie here unread.</summary>
    public long UnreadBytes => Read(static relay => relay._tunnels.Unread);

    /// <inheritdoc/>
    public void Attach(Engine engine)
    {
        lock (_gate)
        {
            _engine = engine;
            // A ping ends each poll in time; a session whose client does not answer it is over after that.
            var silence = engine.Options.PingInterval + engine.Options.PingTimeout;
            _edge = new PollingEdge(link.Gateway, options.MaxRelayedRequests, silence);
            _tunnels = new TunnelTable(_gate, this, options, silence, now);
        }
    }

    /// <inheritdoc/>
    public string CreateId() => ids.Create(link.Gateway);

    /// <inheritdoc/>
    public IRelayedSession? Find(string id) =>
        ids.TryRead(id, out var owner) && owner != link.Gateway && link.Gateways.Contains(owner) ? new RelayedSession(this, owner, id) : null;

    /// <inheritdoc/>
    public IReadOnlyCollection<IRelayedWebSocket> WebSockets
    {
        get
        {
            lock (_gate)
            {
                return _tunnels.GetCarried();
            }
        }
    }

    bool ITunnelLink.IsBusy(GatewayId gateway) => FindPeer(gateway).IsBusy;

    void ITunnelLink.Send(GatewayId gateway, ReadOnlyMemory<byte> message) => Send(gateway, message);

    /// <summary>A <see cref="PeerFrame"/> has arrived.</summary>
    /// <exception cref="BatchFormatException">It can't be read.</exception>
    public void Receive(ReadOnlyMemory<byte> message)
    {
        var frame = PeerFrame.Read(message);
        lock (_gate)
        {
            // Of the dead nothing counts any more, and who is not known yet sends it again.
            if (_edge is null || frame.From == link.Gateway || !link.Gateways.Contains(frame.From))
            {
                return;
            }

            var isNext = FindPeer(frame.From).OnFrame(frame, now(), _frames);
            Transmit(frame.From);
            _tunnels.OnArrived(frame.From);
            if (isNext)
            {
                OnMessage(frame.From, frame.Message);
            }
        }
    }

    /// <summary>A gateway was declared dead.</summary>
    public void OnGatewayDead(GatewayId gateway)
    {
        lock (_gate)
        {
            _peers.Remove(gateway);
            if (_edge is null)
            {
                return;
            }

            _tunnels.OnGatewayDead(gateway);
            _edge.OnGatewayDead(gateway, _edgeOutputs);
            DoAtEdge();
            _desk.OnGatewayDead(gateway, _deskOutputs);
            DoAtDesk();
        }
    }

    /// <summary>Looks after what is due.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            if (_edge is null)
            {
                return;
            }

            _tunnels.Advance();
            _edge.Advance(now(), _edgeOutputs);
            DoAtEdge();
            foreach (var (gateway, peer) in _peers)
            {
                peer.Advance(now(), _frames);
                Transmit(gateway);
            }
        }
    }

    /// <inheritdoc/>
    public bool IsBusy => CarriedWebSockets + OwnWebSockets + UnacknowledgedBytes > 0;

    private bool MayCarry => !_engine.IsClosing && _tunnels.Carried < options.MaxRelayedWebSockets;

    // Nothing is relayed before the server was first asked for.
    private long Read(Func<SessionRelay, long> read)
    {
        lock (_gate)
        {
            return _edge is null ? 0 : read(this);
        }
    }

    private void OnMessage(GatewayId from, ReadOnlyMemory<byte> message)
    {
        switch (BatchFormat.TypeOf(message.Span))
        {
            case BatchType.Tunnel:
                _tunnels.Receive(from, TunnelMessage.Read(message));
                break;
            case BatchType.PollingAnswer:
                var (owner, answer) = PollingFormat.ReadAnswer(message);
                if (owner == from)
                {
                    _edge.OnAnswer(owner, answer, _edgeOutputs);
                    DoAtEdge();
                }

                break;
            default:
                var (session, request) = PollingFormat.ReadRequest(message);
                if (request.Edge == from)
                {
                    OnRequest(session, request);
                }

                break;
        }
    }

    private Task<RelayedAnswer> RelayAsync(GatewayId owner, string session, PollingRequestKind kind, TransportRequest request)
    {
        var waiting = new WaitingRequest(this, owner, session, kind == PollingRequestKind.Upgrade);
        lock (_gate)
        {
            PollingAnswerKind? refusal = !link.Gateways.Contains(owner) ? PollingAnswerKind.SessionUnknown
                : FindPeer(owner).IsFull || (waiting.IsUpgrade && !MayCarry) ? PollingAnswerKind.Refused
                : null;
            if (refusal is { } because)
            {
                return Task.FromResult(ToAnswer(new PollingAnswer(link.Gateway, 0, because), session));
            }

            var contentType = request.ContentType is { Length: <= PollingFormat.MaxContentTypeBytes } known && Ascii.IsValid(known) ? known : null;
            waiting.Number = _edge.Relay(owner, session, kind, request.Body, contentType, now(), _edgeOutputs);
            _waiting.Add(waiting.Number, waiting);
            DoAtEdge();
        }

        waiting.WatchFor(request.Aborted);
        return waiting.Task;
    }

    private void OnAborted(WaitingRequest waiting)
    {
        lock (_gate)
        {
            if (_waiting.Remove(waiting.Number))
            {
                _edge.Abort(waiting.Number, _edgeOutputs);
                DoAtEdge();
            }
        }

        waiting.Complete(new RelayedAnswer(TransportResponse.BadRequest));
    }

    private void OnRequest(string session, in PollingRequest request)
    {
        if (request.Kind != PollingRequestKind.Abort && FindPeer(request.Edge).IsFull)
        {
            Send(request.Edge, PollingFormat.Write(link.Gateway, new PollingAnswer(request.Edge, request.Number, PollingAnswerKind.Refused)));
            return;
        }

        if (request.Kind == PollingRequestKind.Abort)
        {
            // An upgrade may have been answered meanwhile.
            _tunnels.Receive(request.Edge, new TunnelMessage(new TunnelId(request.Edge, request.Number), TunnelMessageKind.Abort));
        }

        _desk.OnRequest(session, request, _deskOutputs);
        DoAtDesk();
    }

    /// <summary>Answers an upgrade and begins its tunnel; <see langword="null"/>: its client or its gateway has gone, or it was refused.</summary>
    private WebSocketCarrier? OpenTunnel(PollingRequest request, string? extension)
    {
        lock (_gate)
        {
            if (!_served.Remove((request.Edge, request.Number)))
            {
                return null;
            }

            var isFull = _tunnels.Owned >= options.MaxRelayedWebSockets;
            var answer = isFull
                ? new PollingAnswer(request.Edge, request.Number, PollingAnswerKind.Refused)
                : new PollingAnswer(request.Edge, request.Number, PollingAnswerKind.Response, Encoding.UTF8.GetBytes(extension ?? ""));
            _desk.Answer(answer, _deskOutputs);
            DoAtDesk();
            return isFull ? null : _tunnels.Open(new TunnelId(request.Edge, request.Number), request.Edge).CreateCarrier();
        }
    }

    private void OnServed(in PollingAnswer answer)
    {
        lock (_gate)
        {
            _served.Remove((answer.Edge, answer.Number));
            _desk.Answer(answer, _deskOutputs);
            DoAtDesk();
        }
    }

    private void DoAtEdge()
    {
        foreach (var output in _edgeOutputs)
        {
            switch (output)
            {
                case PollingEdgeOutput.Send send:
                    Send(send.Owner, PollingFormat.Write(send.Session, send.Request));
                    break;
                case PollingEdgeOutput.Reply { Answer: var answer } when _waiting.Remove(answer.Number, out var waiting):
                    waiting.Complete(waiting.IsUpgrade && answer.Kind == PollingAnswerKind.Response
                        ? OnUpgraded(waiting, answer)
                        : ToAnswer(answer, waiting.Session));
                    break;
            }
        }

        _edgeOutputs.Clear();
    }

    private RelayedAnswer OnUpgraded(WaitingRequest waiting, in PollingAnswer answer)
    {
        var id = new TunnelId(link.Gateway, waiting.Number);
        if (!MayCarry)
        {
            _tunnels.Deny(id, waiting.Owner);
            return ToAnswer(answer with { Kind = PollingAnswerKind.Refused }, waiting.Session);
        }

        var extension = answer.Body.IsEmpty ? null : Encoding.UTF8.GetString(answer.Body.Span);
        return new RelayedAnswer { WebSocket = _tunnels.Open(id, waiting.Owner, extension) };
    }

    private void DoAtDesk()
    {
        foreach (var output in _deskOutputs)
        {
            switch (output)
            {
                case PollingDeskOutput.Serve serve:
                    var served = new ServedRequest(this, serve.Session, serve.Request);
                    _served.Add((serve.Request.Edge, serve.Request.Number), served);
                    served.Start();
                    break;
                case PollingDeskOutput.Abort abort when _served.Remove((abort.Edge, abort.Number), out var aborted):
                    aborted.Abort();
                    break;
                case PollingDeskOutput.Withdraw withdraw when _served.Remove((withdraw.Edge, withdraw.Number), out var withdrawn):
                    withdrawn.Withdraw();
                    break;
                case PollingDeskOutput.Send { Answer: var answer }:
                    Send(answer.Edge, PollingFormat.Write(link.Gateway, answer));
                    break;
            }
        }

        _deskOutputs.Clear();
    }

    private PeerChannel FindPeer(GatewayId gateway)
    {
        if (!_peers.TryGetValue(gateway, out var peer))
        {
            _peers.Add(gateway, peer = new PeerChannel(link.Gateway, options.MaxRelayedBytes, options.Outbox.RetryAfter));
        }

        return peer;
    }

    private void Send(GatewayId gateway, ReadOnlyMemory<byte> message)
    {
        FindPeer(gateway).Send(message, now(), _frames);
        Transmit(gateway);
    }

    private void Transmit(GatewayId gateway)
    {
        foreach (var frame in _frames)
        {
            link.SendToGateway(gateway, frame.Write());
        }

        _frames.Clear();
    }

    private RelayedAnswer ToAnswer(in PollingAnswer answer, string session) => answer.Kind switch
    {
        PollingAnswerKind.Response => new RelayedAnswer(new TransportResponse
        {
            StatusCode = 200,
            ContentType = answer.ContentType,
            Body = answer.Body,
            Compress = answer.MayCompress,
        }),
        PollingAnswerKind.BadRequest => new RelayedAnswer(TransportResponse.BadRequest),
        PollingAnswerKind.TransportMismatch => new RelayedAnswer(null, EngineError.BadRequest, "TRANSPORT_MISMATCH: the session has left polling"),
        PollingAnswerKind.SessionUnknown => new RelayedAnswer(null, EngineError.UnknownSession, $"sid '{session}'"),
        _ => Refuse(),
    };

    private RelayedAnswer Refuse()
    {
        _refused++;
        return new RelayedAnswer(null, EngineError.Full, $"too much is relayed ({nameof(options.MaxRelayedRequests)} {options.MaxRelayedRequests}, {nameof(options.MaxRelayedBytes)} {options.MaxRelayedBytes}, {nameof(options.MaxRelayedWebSockets)} {options.MaxRelayedWebSockets})");
    }

    private static PollingAnswer ToAnswer(in PollingRequest request, in RelayedAnswer answer) => answer switch
    {
        { Response: { StatusCode: 200 } response } =>
            new PollingAnswer(request.Edge, request.Number, PollingAnswerKind.Response, response.Body, response.ContentType, response.Compress),
        { Response: not null } => new PollingAnswer(request.Edge, request.Number, PollingAnswerKind.BadRequest),
        _ when ReferenceEquals(answer.Error, EngineError.UnknownSession) => new PollingAnswer(request.Edge, request.Number, PollingAnswerKind.SessionUnknown),
        _ => new PollingAnswer(request.Edge, request.Number, PollingAnswerKind.TransportMismatch),
    };

    private sealed class RelayedSession(SessionRelay relay, GatewayId owner, string id) : IRelayedSession
    {
        public Task<RelayedAnswer> HandleAsync(TransportRequest request) =>
            relay.RelayAsync(owner, id, request.Method == "POST" ? PollingRequestKind.Post : PollingRequestKind.Poll, request);

        public Task<RelayedAnswer> UpgradeAsync(string extensions, CancellationToken aborted) => relay.RelayAsync(
            owner,
            id,
            PollingRequestKind.Upgrade,
            new TransportRequest { Method = "GET", Body = Encoding.UTF8.GetBytes(extensions), Aborted = aborted });

        public void BreakOff() => _ = relay.RelayAsync(owner, id, PollingRequestKind.BrokenPost, new TransportRequest { Method = "POST" });
    }

    /// <summary>A client's request that waits here for its session's owner.</summary>
    private sealed class WaitingRequest(SessionRelay relay, GatewayId owner, string session, bool isUpgrade)
    {
        private readonly TaskCompletionSource<RelayedAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationTokenRegistration _aborted;

        public long Number { get; set; }

        public GatewayId Owner { get; } = owner;

        public string Session { get; } = session;

        public bool IsUpgrade { get; } = isUpgrade;

        public Task<RelayedAnswer> Task => _answer.Task;

        public void WatchFor(CancellationToken aborted) =>
            _aborted = aborted.UnsafeRegister(static state => ((WaitingRequest)state!).OnAborted(), this);

        public void Complete(in RelayedAnswer answer)
        {
            _answer.TrySetResult(answer);
            _aborted.Unregister();
        }

        private void OnAborted() => relay.OnAborted(this);
    }

    /// <summary>A request that is served here for another gateway.</summary>
    private sealed class ServedRequest(SessionRelay relay, string session, PollingRequest request) : IThreadPoolWorkItem, IDisposable
    {
        private readonly CancellationTokenSource _aborted = new();
        private readonly CancellationTokenSource _withdrawn = new();

        // Handlers of the application run on it.
        public void Start() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

        public void Abort() => ThreadPool.UnsafeQueueUserWorkItem(Cancel, _aborted, preferLocal: false);

        public void Withdraw() => ThreadPool.UnsafeQueueUserWorkItem(Cancel, _withdrawn, preferLocal: false);

        public void Execute() => _ = ServeAsync();

        public void Dispose()
        {
            _aborted.Dispose();
            _withdrawn.Dispose();
        }

        private static void Cancel(CancellationTokenSource source)
        {
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has been served.
            }
        }

        private async Task ServeAsync()
        {
            PollingAnswer answer;
            try
            {
                answer = ToAnswer(request, await AnswerAsync().ConfigureAwait(false));
            }
            catch (Exception e)
            {
                Log.ServingFailed(relay._logger, e, session);
                answer = new PollingAnswer(request.Edge, request.Number, PollingAnswerKind.BadRequest);
            }

            Dispose();
            relay.OnServed(answer);
        }

        private async ValueTask<RelayedAnswer> AnswerAsync()
        {
            switch (request.Kind)
            {
                case PollingRequestKind.Poll or PollingRequestKind.Post:
                    return await RelayedRequests.ServeAsync(relay._engine, session, new TransportRequest
                    {
                        Method = request.Kind == PollingRequestKind.Post ? "POST" : "GET",
                        ContentType = request.ContentType,
                        Body = request.Body,
                        Aborted = _aborted.Token,
                        Withdrawn = _withdrawn.Token,
                    }).ConfigureAwait(false);
                case PollingRequestKind.BrokenPost:
                    RelayedRequests.OnBrokenOff(relay._engine, session);
                    return new RelayedAnswer(TransportResponse.BadRequest);
                case PollingRequestKind.Upgrade:
                    var isThere = RelayedRequests.TryUpgrade(
                        relay._engine,
                        session,
                        Encoding.UTF8.GetString(request.Body.Span),
                        extension => relay.OpenTunnel(request, extension));
                    // Who has a tunnel was answered with it.
                    return isThere ? default : new RelayedAnswer(null, EngineError.UnknownSession);
                default:
                    return new RelayedAnswer(TransportResponse.BadRequest);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(63, LogLevel.Error, "A relayed request of session {Session} has failed")]
        public static partial void ServingFailed(ILogger logger, Exception exception, string session);
    }
}
