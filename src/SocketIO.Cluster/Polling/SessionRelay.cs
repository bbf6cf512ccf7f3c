// No sticky sessions: a request that arrived at the wrong gateway is served by the right one, and answered where it arrived.
using Microsoft.Extensions.Logging;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>
/// A gateway's part in the sessions of all gateways: the edge for requests of others' sessions, and the desk for requests of its own that arrived elsewhere.
/// Thread-safe. The engine is called without the lock.
/// </summary>
internal sealed partial class SessionRelay(IClusterLink link, SessionIds ids, ClusterOptions options, Func<TimeSpan> now, ILogger logger) : ISessionRelay
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
    private Engine _engine = null!;

    /// <summary>Connections that are still to be closed, once this gateway stops.</summary>
    public int Draining => _engine is { IsClosing: true } engine ? engine.ClientsCount : 0;

    /// <summary>This gateway stops: it takes no new clients from now on.</summary>
    // A host that is stopped before its server was ever asked for has no engine.
    public void BeginDrain() => _engine?.BeginDrain();

    /// <inheritdoc/>
    public void Attach(Engine engine)
    {
        lock (_gate)
        {
            _engine = engine;
            // A ping ends each poll in time; a session whose client does not answer it is over after that.
            _edge = new PollingEdge(link.Gateway, options.MaxRelayedRequests, engine.Options.PingInterval + engine.Options.PingTimeout);
        }
    }

    /// <inheritdoc/>
    public string CreateId() => ids.Create(link.Gateway);

    /// <inheritdoc/>
    public IRelayedSession? Find(string id) =>
        ids.TryRead(id, out var owner) && owner != link.Gateway && link.Gateways.Contains(owner) ? new RelayedSession(this, owner, id) : null;

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
            if (!isNext)
            {
                return;
            }

            if (BatchFormat.TypeOf(frame.Message.Span) == BatchType.PollingAnswer)
            {
                var (owner, answer) = PollingFormat.ReadAnswer(frame.Message);
                if (owner == frame.From)
                {
                    _edge.OnAnswer(owner, answer, _edgeOutputs);
                    DoAtEdge();
                }
            }
            else
            {
                var (session, request) = PollingFormat.ReadRequest(frame.Message);
                if (request.Edge == frame.From)
                {
                    OnRequest(session, request);
                }
            }
        }
    }

    /// <summary>A gateway was declared dead.</summary>
    public void OnGatewayDead(GatewayId gateway)
    {
        lock (_gate)
        {
            _peers.Remove(gateway);
            _edge?.OnGatewayDead(gateway, _edgeOutputs);
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
            _edge?.Advance(now(), _edgeOutputs);
            DoAtEdge();
            foreach (var (gateway, peer) in _peers)
            {
                peer.Advance(now(), _frames);
                Transmit(gateway);
            }
        }
    }

    private Task<RelayedAnswer> RelayAsync(GatewayId owner, string session, PollingRequestKind kind, TransportRequest request)
    {
        var waiting = new WaitingRequest(this);
        lock (_gate)
        {
            PollingAnswerKind? refusal = !link.Gateways.Contains(owner) ? PollingAnswerKind.SessionUnknown
                : FindPeer(owner).IsFull ? PollingAnswerKind.Refused
                : null;
            if (refusal is { } because)
            {
                return Task.FromResult(ToAnswer(new PollingAnswer(link.Gateway, 0, because), session));
            }

            var contentType = request.ContentType is { Length: <= PollingFormat.MaxContentTypeBytes } known && System.Text.Ascii.IsValid(known) ? known : null;
            waiting.Begin(_edge.Relay(owner, session, kind, request.Body, contentType, now(), _edgeOutputs), session);
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

        _desk.OnRequest(session, request, _deskOutputs);
        DoAtDesk();
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
                    waiting.Complete(ToAnswer(answer, waiting.Session));
                    break;
            }
        }

        _edgeOutputs.Clear();
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
        _ => new RelayedAnswer(null, EngineError.Full, $"{options.MaxRelayedRequests} requests or {options.MaxRelayedBytes} bytes are relayed (MaxRelayedRequests, MaxRelayedBytes)"),
    };

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

        public void BreakOff() => _ = relay.RelayAsync(owner, id, PollingRequestKind.BrokenPost, new TransportRequest { Method = "POST" });
    }

    /// <summary>A client's request that waits here for its session's owner.</summary>
    private sealed class WaitingRequest(SessionRelay relay)
    {
        private readonly TaskCompletionSource<RelayedAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationTokenRegistration _aborted;

        public long Number { get; private set; }

        public string Session { get; private set; } = "";

        public Task<RelayedAnswer> Task => _answer.Task;

        public void Begin(long number, string session) => (Number, Session) = (number, session);

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
