// The session of one client: what survives a change of transport. It owns the outbound queue, the heartbeat and the end.
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The state of a connection.</summary>
public enum ReadyState
{
    /// <summary>The handshake is under way.</summary>
    Opening,

    /// <summary>Packets go both ways.</summary>
    Open,

    /// <summary>The server is closing it; what was sent before still leaves.</summary>
    Closing,

    /// <summary>It has ended.</summary>
    Closed,
}

/// <summary>
/// One client's Engine.IO session, over whichever transport it uses at the time.
/// Source: <see href="https://socket.io/docs/v4/engine-io-protocol/"/>.
/// </summary>
public sealed class EngineConnection : ITransportListener
{
    internal readonly Lock Gate = new();

    private readonly Engine _engine;
    private readonly Heartbeat _heartbeat;
    private Transport _transport = null!;
    private Queue<OutboundItem>? _queue;
    private int _queuedBytes;
    private volatile ReadyState _state;
    private bool _corked;
    private bool _flushScheduled;
    private int _dispatching;
    private UpgradeProbe? _upgrade;
    private Absence? _absence;
    private bool _upgraded;
    private bool _overflown;
    private bool _announced;
    private Action? _endNotTold;
    private volatile int _pauses;
    private int _malformed;
    private int _attachments;
    private TaskCompletionSource? _resumed;

    internal EngineConnection(Engine engine, string id, HandshakeRequest request, Dialect dialect)
    {
        _engine = engine;
        Id = id;
        Request = request;
        Dialect = dialect;
        Codec = dialect.CreateCodec(request.Query);
        Posts = dialect.IsEngineIO ? null : new LegacyPosts(this);
        Hash = string.GetHashCode(id, StringComparison.Ordinal);
        _heartbeat = dialect.CreateHeartbeat(this);
    }

    /// <summary>A text or binary message arrived; the memory is only valid during the call.</summary>
    public event Action<ReadOnlyMemory<byte>, bool>? MessageReceived;

    /// <summary>A packet of any type arrived; its memory is only valid during the call.</summary>
    public event Action<EnginePacket>? PacketReceived;

    /// <summary>A packet is about to be sent; its memory is only valid during the call. Not raised for each receiver of a broadcast.</summary>
    public event Action<EnginePacket>? PacketCreated;

    /// <summary>The session has moved to another transport, whose name is given.</summary>
    public event Action<string>? Upgraded;

    /// <summary>The session has ended; the reason is one of <see cref="CloseReasons"/>, with a detail where there is one.</summary>
    public event Action<string, string?>? Closed;

    /// <summary>The session id. It authorizes requests of this session: keep it from other clients.</summary>
    public string Id { get; }

    /// <summary>The request that began the session.</summary>
    public HandshakeRequest Request { get; }

    /// <summary>The revision of the Engine.IO protocol that the client speaks.</summary>
    public int Protocol => Codec.Revision;

    /// <summary>The name of the transport in use: <see cref="TransportNames"/>.</summary>
    public string Transport => _transport.Name;

    /// <summary>How often the client has attached itself to the session: once by a transport that stays, and by each poll.</summary>
    public int Attachments => Volatile.Read(ref _attachments);

    /// <summary>The client's address, as the connection or a trusted proxy's header says.</summary>
    public string? RemoteAddress => Request.RemoteAddress;

    /// <summary>The state.</summary>
    public ReadyState ReadyState => _state;

    /// <summary>What the client's generation means for the session.</summary>
    internal Dialect Dialect { get; }

    /// <summary>The codec of the first transport.</summary>
    internal EngineCodec Codec { get; }

    /// <summary>What the client posts, where that is apart from the transport it listens by.</summary>
    internal LegacyPosts? Posts { get; }

    internal int Hash { get; }

    internal Engine Engine => _engine;

    internal Transport CurrentTransport => _transport;

    /// <summary>Whether the end is wanted, by the application or by the client, who is not to come back.</summary>
    internal bool IsParting { get; set; }

    /// <summary>Whether the client is told of the end in a packet on transports that have an end of their own.</summary>
    internal bool AnnouncesClose => Dialect.AnnouncesClose && (IsParting || !Dialect.CloseIsFinal);

    /// <summary>The Socket.IO layer above, where there is one.</summary>
    internal IConnectionHandler? Handler { get; set; }

    /// <summary>Whether nothing may be read from the client for now.</summary>
    internal bool IsReadingPaused => _pauses > 0 && _state == ReadyState.Open;

    /// <summary>Whether the client has lost its transport and may come back by another.</summary>
    internal bool IsAbsent => _absence is not null;

    internal bool IsUpgradingOrUpgraded => _upgrade is not null || _upgraded;

    /// <summary>Sends a text message. Does nothing once the connection is closing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="compress">Whether it may be compressed where compression is on.</param>
    public void Send(string text, bool compress = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        Send(new EnginePacket(EnginePacketType.Message, Encoding.UTF8.GetBytes(text)), compress);
    }

    /// <summary>Sends a binary message; the bytes are copied. Does nothing once the connection is closing.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="compress">Whether they may be compressed where compression is on.</param>
    /// <exception cref="PacketNotSupportedException">The client is older than 1.0 and knows no binary messages.</exception>
    public void Send(ReadOnlyMemory<byte> data, bool compress = true)
    {
        if (!Dialect.IsEngineIO)
        {
            throw new PacketNotSupportedException($"The client is of {Dialect.Clients}, which know no binary messages.");
        }

        Send(new EnginePacket(EnginePacketType.Message, data, isBinary: true), compress);
    }

    /// <summary>
    /// Stops reading from the client until what is returned is disposed of, so that a client which sends faster than its events are handled has to wait itself.
    /// Several pauses add up. Nothing of the client arrives meanwhile, acknowledgements included; it goes on to get pings, and is not taken for dead.
    /// </summary>
    /// <returns>Ends the pause; more than once does no harm.</returns>
    public IDisposable PauseReading()
    {
        if (Interlocked.Increment(ref _pauses) == 1)
        {
            _heartbeat.OnPaused();
        }

        return new ReadingPause(this);
    }

    /// <summary>Closes the session with the reason <c>forced close</c>, after what was sent before has left.</summary>
    public void Close()
    {
        lock (Gate)
        {
            if (_state != ReadyState.Open)
            {
                return;
            }

            _state = ReadyState.Closing;
        }

        EndWaitForReading();
        _transport.Close(() => OnClosed(CloseReasons.ForcedClose, null));
    }

    /// <summary>Closes it because the server ends, which the layer above hears as the reason.</summary>
    internal void ShutDown()
    {
        Guard(reason => Handler?.OnClosed(reason, null), CloseReasons.ServerShuttingDown);
        Close();
    }

    /// <summary>Closes without waiting for what was sent before.</summary>
    internal void Discard()
    {
        lock (Gate)
        {
            _queue = null;
            _queuedBytes = 0;
        }

        Close();
        OnClosed(CloseReasons.ForcedClose, null);
    }

    internal void Open(Transport transport)
    {
        _transport = transport;
        transport.Listener = this;
        CountAttachment(transport);
        _state = ReadyState.Open;
    }

    /// <summary>Says that the layer above knows of the connection now: if it has ended already, it is told.</summary>
    internal void OnAnnounced()
    {
        Action? end;
        lock (Gate)
        {
            _announced = true;
            end = _endNotTold;
            _endNotTold = null;
        }

        end?.Invoke();
    }

    /// <summary>Completes when the client may be read from again.</summary>
    internal Task WhenReadingAsync()
    {
        lock (Gate)
        {
            return IsReadingPaused ? (_resumed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    internal void StartHeartbeat() => _heartbeat.Start();

    /// <summary>Ends the session if the client owes a pong for too long; true: it has ended.</summary>
    internal bool EndIfExpired()
    {
        if (!_heartbeat.IsExpired)
        {
            return false;
        }

        OnClosed(CloseReasons.PingTimeout, null);
        return true;
    }

    /// <summary>Sends one packet; its bytes are copied.</summary>
    internal bool Send(in EnginePacket packet, bool compress = true, bool isVolatile = false)
    {
        RaiseCreated(packet);
        bool flush;
        lock (Gate)
        {
            if (!MayWrite(isVolatile) || !Write(packet, compress))
            {
                return false;
            }

            flush = MayFlush();
        }

        if (flush)
        {
            _transport.Flush();
        }

        return true;
    }

    /// <summary>Sends a packet of several messages, which nothing comes between; their bytes are copied.</summary>
    internal bool Send(ReadOnlyMemory<byte> first, bool isBinary, ReadOnlySpan<ReadOnlyMemory<byte>> attachments, bool compress, bool isVolatile)
    {
        if (PacketCreated is not null)
        {
            RaiseCreated(new EnginePacket(EnginePacketType.Message, first, isBinary));
            foreach (var attachment in attachments)
            {
                RaiseCreated(new EnginePacket(EnginePacketType.Message, attachment, true));
            }
        }

        bool flush;
        lock (Gate)
        {
            if (!MayWrite(isVolatile))
            {
                return false;
            }

            var written = Write(new EnginePacket(EnginePacketType.Message, first, isBinary), compress);
            foreach (var attachment in attachments)
            {
                written = written && Write(new EnginePacket(EnginePacketType.Message, attachment, true), compress);
            }

            flush = MayFlush();
        }

        if (flush)
        {
            _transport.Flush();
        }

        return true;
    }

    /// <summary>Sends a shared message; the flush is left to the engine's scheduler, which gathers, unless there is much already.</summary>
    internal bool Send(EncodedMessage message, bool isVolatile, bool mayFlush = true)
    {
        bool flush;
        lock (Gate)
        {
            if (!MayWrite(isVolatile))
            {
                return false;
            }

            if (_queue is not null || !_transport.TryWrite(message))
            {
                if (!Enqueue(new OutboundItem(message), message.Length))
                {
                    return false;
                }
            }

            // Whoever broadcasts faster than the scheduler flushes must not fill the queue of a client that does read.
            flush = mayFlush && _transport.CanWrite && _transport.HasMuchToFlush;
            if (!flush && !_corked && !_flushScheduled && _transport.CanWrite)
            {
                _flushScheduled = true;
                _engine.FlushScheduler.Add(this);
            }
        }

        if (flush)
        {
            _transport.Flush();
        }

        return true;
    }

    internal void FlushScheduled()
    {
        lock (Gate)
        {
            _flushScheduled = false;
        }

        _transport.Flush();
    }

    /// <summary>Moves what waits to the transport, as far as it takes it. The caller holds the gate.</summary>
    internal void DrainTo(Transport transport)
    {
        if (_queue is null || !ReferenceEquals(transport, _transport))
        {
            return;
        }

        while (_queue.TryPeek(out var item))
        {
            var taken = item.Shared is { } shared ? transport.TryWrite(shared) : transport.TryWrite(item.Packet, item.Compress);
            if (!taken)
            {
                return;
            }

            _queuedBytes -= item.Length;
            _queue.Dequeue();
        }

        _queue = null;
    }

    /// <summary>Takes all that waits, but what waits behind an open packet if that is to go alone. The caller holds the gate.</summary>
    internal Queue<OutboundItem>? TakeQueue(bool isOpenAlone = false)
    {
        var queue = _queue;
        if (isOpenAlone && queue is { Count: > 1 } && queue.Peek() is { Shared: null, Packet.Type: EnginePacketType.Open } open)
        {
            _queuedBytes -= open.Length;
            return new Queue<OutboundItem>([queue.Dequeue()]);
        }

        _queue = null;
        _queuedBytes = 0;
        return queue;
    }

    internal bool HasQueued => _queue is not null;

    internal int QueuedBytes => _queuedBytes;

    /// <summary>Whether as many messages wait as may.</summary>
    internal bool IsQueueFull
    {
        get
        {
            lock (Gate)
            {
                return IsAtQueueLength;
            }
        }
    }

    /// <summary>Begins a run of arriving packets: what is sent meanwhile leaves together at its end. False: another run is under way.</summary>
    internal bool BeginBatch()
    {
        if (Interlocked.Exchange(ref _dispatching, 1) != 0)
        {
            return false;
        }

        lock (Gate)
        {
            _corked = true;
        }

        return true;
    }

    internal void EndBatch()
    {
        lock (Gate)
        {
            _corked = false;
        }

        Volatile.Write(ref _dispatching, 0);
        _transport.Flush();
    }

    /// <summary>Tries a transport out, where that is allowed.</summary>
    internal bool BeginUpgrade(Transport transport)
    {
        if (!_engine.Options.AllowUpgrades)
        {
            return false;
        }

        UpgradeProbe probe;
        lock (Gate)
        {
            // Polling alone is upgraded: of another transport, nobody could say what the client has seen already.
            if (IsUpgradingOrUpgraded || _state != ReadyState.Open || _transport is not PollingTransport)
            {
                return false;
            }

            _upgrade = probe = new UpgradeProbe(this, transport);
        }

        probe.Start();
        return true;
    }

    internal void AbandonUpgrade(UpgradeProbe probe)
    {
        lock (Gate)
        {
            if (ReferenceEquals(_upgrade, probe))
            {
                _upgrade = null;
            }
        }
    }

    /// <summary>Makes the probed transport the session's own; what waits leaves through it.</summary>
    internal bool CompleteUpgrade(Transport transport)
    {
        PollingTransport old;
        bool closing;
        lock (Gate)
        {
            if (_state == ReadyState.Closed)
            {
                return false;
            }

            closing = _state == ReadyState.Closing;
            _upgrade = null;
            _upgraded = true;
            old = (PollingTransport)_transport;
            old.Listener = null;
            transport.Listener = this;
            _transport = transport;
        }

        CountAttachment(transport);
        old.Refuse();
        Guard(name => Upgraded?.Invoke(name), transport.Name);
        _transport.Flush();
        if (closing)
        {
            _transport.Close(() => OnClosed(CloseReasons.ForcedClose, null));
        }

        return true;
    }

    void ITransportListener.OnPacket(Transport transport, in EnginePacket packet)
    {
        if (_state != ReadyState.Open || !ReferenceEquals(transport, _transport))
        {
            return;
        }

        if (PacketReceived is { } listener)
        {
            Guard(listener, packet);
        }

        if (!ReferenceEquals(Dialect, Dialect.Current))
        {
            _heartbeat.OnPacket();
        }

        switch (packet.Type)
        {
            case EnginePacketType.Message:
                Handler?.OnMessage(packet.Data, packet.IsBinary);
                RaiseReceived(packet);
                break;
            case EnginePacketType.Pong:
                _heartbeat.OnPong();
                break;
            case EnginePacketType.Ping:
                _heartbeat.OnPing();
                break;
            case EnginePacketType.Close when !Dialect.IsEngineIO:
                OnLeft();
                break;
        }
    }

    void ITransportListener.OnClosed(Transport transport, string reason, string? detail)
    {
        if (!ReferenceEquals(transport, _transport))
        {
            return;
        }

        var timeout = reason is CloseReasons.TransportClose or CloseReasons.TransportError or CloseReasons.PingTimeout ? Dialect.GetReconnectTimeout(this, transport) : TimeSpan.Zero;
        if (timeout <= TimeSpan.Zero || !Await(transport, timeout, reason, detail))
        {
            OnClosed(reason, detail);
        }
    }

    /// <summary>Goes on by another transport, in the place of one that has ended or will now; what waits leaves through it. False: the session is over.</summary>
    internal bool Attach(Transport transport)
    {
        Transport old;
        Absence? absence;
        lock (Gate)
        {
            if (_state != ReadyState.Open)
            {
                return false;
            }

            absence = _absence;
            _absence = null;
            old = _transport;
            old.Listener = null;
            transport.Listener = this;
            _transport = transport;
        }

        if (absence is not null)
        {
            _engine.Timers.Cancel(absence);
        }

        old.Abort();
        CountAttachment(transport);
        _heartbeat.OnAttached();
        transport.Flush();
        return true;
    }

    /// <summary>Whether the session goes on although the client has sent what is no payload; the layer above hears of it.</summary>
    internal bool Tolerates(EngineFormatException malformed)
    {
        const int Most = 16;
        if (!Dialect.ToleratesMalformed || Interlocked.Increment(ref _malformed) > Most)
        {
            return false;
        }

        Handler?.OnMalformed(malformed);
        return true;
    }

    /// <summary>The client leaves by a word of its own, and wants to hear it again.</summary>
    internal void OnLeft()
    {
        IsParting = true;
        OnClosed(CloseReasons.ClientNamespaceDisconnect, null);
    }

    internal void OnClosed(string reason, string? detail)
    {
        UpgradeProbe? upgrade;
        Absence? absence;
        Transport transport;
        bool announced;
        lock (Gate)
        {
            if (_state == ReadyState.Closed)
            {
                return;
            }

            _state = ReadyState.Closed;
            _queue = null;
            _queuedBytes = 0;
            upgrade = _upgrade;
            _upgrade = null;
            absence = _absence;
            _absence = null;
            transport = _transport;
            announced = _announced;
            _endNotTold = announced ? null : () => RaiseClosed(reason, detail);
        }

        EndWaitForReading();
        _heartbeat.Stop();
        if (absence is not null)
        {
            _engine.Timers.Cancel(absence);
        }

        upgrade?.OnConnectionClosed();
        transport.Close(null);
        _engine.OnConnectionClosed(this, reason);
        if (announced)
        {
            RaiseClosed(reason, detail);
        }
    }

    // False: the session is ending already.
    private bool Await(Transport lost, TimeSpan timeout, string reason, string? detail)
    {
        var absence = new Absence(this, reason, detail);
        lock (Gate)
        {
            if (_state != ReadyState.Open || !ReferenceEquals(lost, _transport))
            {
                return false;
            }

            lost.Listener = null;
            _transport = new AbsentTransport(lost);
            _absence = absence;
        }

        _engine.Timers.Schedule(absence, timeout);
        return true;
    }

    private void OnAbsent(Absence absence, string reason, string? detail)
    {
        lock (Gate)
        {
            if (!ReferenceEquals(absence, _absence))
            {
                // The client has come back.
                return;
            }
        }

        EndElsewhere(reason, detail, abort: false);
    }

    /// <summary>Counts a poll.</summary>
    internal void CountPoll() => Interlocked.Increment(ref _attachments);

    private void CountAttachment(Transport transport)
    {
        if (transport is not PollingTransport)
        {
            Interlocked.Increment(ref _attachments);
        }
    }

    private void ResumeReading()
    {
        if (Interlocked.Decrement(ref _pauses) == 0)
        {
            if (_state == ReadyState.Open)
            {
                // Its pongs were not read.
                _heartbeat.OnPong();
            }

            EndWaitForReading();
        }
    }

    private void EndWaitForReading()
    {
        TaskCompletionSource? resumed;
        lock (Gate)
        {
            if (IsReadingPaused)
            {
                return;
            }

            resumed = _resumed;
            _resumed = null;
        }

        resumed?.SetResult();
    }

    private void RaiseClosed(string reason, string? detail)
    {
        Guard(ended => Handler?.OnClosed(ended, detail), reason);
        Guard(ended => Closed?.Invoke(ended, detail), reason);
    }

    // A listener's failure is its own: the connection goes on.
    private void Guard<T>(Action<T> listener, T value)
    {
        try
        {
            listener(value);
        }
        catch (Exception e)
        {
            _engine.LogListenerFailed(e, Id);
        }
    }

    // In full, as a closure would cost every message.
    private void RaiseReceived(in EnginePacket packet)
    {
        try
        {
            MessageReceived?.Invoke(packet.Data, packet.IsBinary);
        }
        catch (Exception e)
        {
            _engine.LogListenerFailed(e, Id);
        }
    }

    internal void RaiseCreated(in EnginePacket packet)
    {
        if (PacketCreated is { } listener)
        {
            Guard(listener, packet);
        }
    }

    private bool MayWrite(bool isVolatile) =>
        _state == ReadyState.Open && !_overflown && (!isVolatile || _transport.CanWrite);

    private bool MayFlush() => !_corked || _transport.HasMuchToFlush;

    private bool Write(in EnginePacket packet, bool compress)
    {
        if (_queue is null && _transport.TryWrite(packet, compress))
        {
            return true;
        }

        // The queue outlives the caller's buffer.
        var owned = new EnginePacket(packet.Type, packet.Data.ToArray(), packet.IsBinary);
        return Enqueue(new OutboundItem(owned, compress), packet.Data.Length);
    }

    private bool IsAtQueueLength => Dialect.QueueLength is { } most && _queue?.Count >= most;

    private bool Enqueue(OutboundItem item, int length)
    {
        if (IsAtQueueLength)
        {
            return false;
        }

        // A single message may be larger than the bound: it says what may wait, not what may be sent.
        if (_queuedBytes > 0 && _queuedBytes + length > _engine.Options.MaxOutboundBytes)
        {
            _overflown = true;
            _engine.Bounds.Met(Bound.MaxOutboundBytes);
            CloseAsTooSlow();
            return false;
        }

        _queuedBytes += item.Length;
        (_queue ??= new Queue<OutboundItem>(4)).Enqueue(item);
        return true;
    }

    private void CloseAsTooSlow() => EndElsewhere(
        CloseReasons.TransportError,
        $"more than {_engine.Options.MaxOutboundBytes} bytes were waiting for the client (EngineOptions.MaxOutboundBytes)",
        abort: true);

    /// <summary>Ends the session on a thread of the pool: whoever finds that it is over must not run the handlers of a client of others.</summary>
    internal void EndElsewhere(string reason, string? detail, bool abort) => ThreadPool.UnsafeQueueUserWorkItem(
        _ =>
        {
            try
            {
                OnClosed(reason, detail);
                if (abort)
                {
                    _transport.Abort();
                }
            }
            catch (Exception e)
            {
                // Nobody below catches it: it would end the process.
                _engine.LogFailure(e, Id);
            }
        },
        null);

    private sealed class Absence(EngineConnection connection, string reason, string? detail) : TimerEntry
    {
        protected internal override void OnTimer() => connection.OnAbsent(this, reason, detail);
    }

    /// <summary>Gives the transport up on a thread of the pool; the client may come back by another where that is allowed.</summary>
    internal void LoseTransportElsewhere(string reason)
    {
        var lost = _transport;
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                try
                {
                    ((ITransportListener)this).OnClosed(lost, reason, null);
                    lost.Abort();
                }
                catch (Exception e)
                {
                    _engine.LogFailure(e, Id);
                }
            },
            null);
    }

    private sealed class ReadingPause(EngineConnection connection) : IDisposable
    {
        private EngineConnection? _connection = connection;

        public void Dispose() => Interlocked.Exchange(ref _connection, null)?.ResumeReading();
    }
}

/// <summary>The layer above a session.</summary>
internal interface IConnectionHandler
{
    void OnMessage(ReadOnlyMemory<byte> data, bool isBinary);

    void OnClosed(string reason, string? detail);

    /// <summary>The client has sent what is no payload, and the session goes on.</summary>
    void OnMalformed(EngineFormatException malformed);
}
