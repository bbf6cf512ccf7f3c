// HTTP long-polling: a GET waits until there is something to send, a POST brings what the client sends.
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The polling transport of one session. Requests and answers are values; who carries them is not its business.</summary>
internal class PollingTransport(EngineConnection connection, PollingForm form) : Transport(connection.Codec)
{
    private static readonly EnginePacket[] NoopPacket = [new(EnginePacketType.Noop)];

    private PendingPoll? _poll;
    private int _posting;
    private bool _closed;
    private bool _closing;
    private volatile bool _hasLeft;
    private Action? _onClosed;
    private CallbackTimer? _closeTimer;

    public override string Name => TransportNames.Polling;

    public override bool CanWrite => _poll is not null && !_closed;

    public override bool HasMuchToFlush => connection.QueuedBytes > FlushAbove;

    /// <summary>What a second poll or POST is told while one is under way; it has ended the session.</summary>
    public virtual TransportResponse Overlap => TransportResponse.BadRequest;

    /// <summary>What is around the session's payloads.</summary>
    protected PollingForm Form => form;

    /// <summary>Whether a body may be binary.</summary>
    protected virtual bool TakesBinary => false;

    /// <summary>What a POST is told.</summary>
    protected virtual TransportResponse Accepted => TransportResponse.Ok;

    /// <summary>What a POST is told that is no payload; it has ended the session.</summary>
    protected virtual TransportResponse Malformed => TransportResponse.BadRequest;

    /// <summary>What a request of another method is told.</summary>
    protected virtual TransportResponse OtherMethod => TransportResponse.ServerError;

    /// <summary>What tells the client of the end.</summary>
    protected virtual EnginePacket ClosePacket => new(EnginePacketType.Close);

    /// <summary>Whether a poll takes the place of one that waits, instead of ending the session.</summary>
    protected virtual bool NewestPollWins => false;

    /// <summary>Whether the first answer has the open packet and nothing else.</summary>
    protected virtual bool OpensAlone => false;

    public override bool TryWrite(in EnginePacket packet, bool compress) => false;

    public override bool TryWrite(EncodedMessage message) => false;

    public virtual Task<TransportResponse> HandleAsync(TransportRequest request) => request.Method switch
    {
        "GET" => PollAsync(request),
        "POST" => PostAsync(request),
        _ => Task.FromResult(OtherMethod),
    };

    /// <summary>
    /// Notes that a POST has begun; its body may be long in coming. False: another is under way, which has ended the session.
    /// <see cref="HandleAsync"/> ends it.
    /// </summary>
    public virtual bool BeginPost()
    {
        if (Interlocked.Exchange(ref _posting, 1) == 0)
        {
            return true;
        }

        Fail("data request overlap from client");
        return false;
    }

    /// <summary>Takes back <see cref="BeginPost"/> for a POST that will not be handled.</summary>
    public virtual void EndPost() => Volatile.Write(ref _posting, 0);

    /// <summary>A POST has ended before all of it had come: what it lost is not known, so the session ends.</summary>
    public void OnPostBrokenOff() => ((ITransportListener)connection).OnClosed(this, CloseReasons.TransportError, "data request connection closed prematurely");

    /// <summary>Answers a waiting poll with a noop, so that a client which upgrades or leaves can go on; false: none was waiting.</summary>
    public bool Release()
    {
        if (TakePoll() is not { } poll)
        {
            return false;
        }

        Answer(poll, NoopPacket, compress: false);
        OnAnswered();
        return true;
    }

    public override void Flush()
    {
        PendingPoll? poll;
        Queue<OutboundItem>? queue;
        Action? onClosed = null;
        bool closes;
        lock (connection.Gate)
        {
            if (_poll is null || (!connection.HasQueued && !_closing))
            {
                return;
            }

            poll = _poll;
            _poll = null;
            queue = connection.TakeQueue(OpensAlone);
            // The close packet has a poll of its own: clients act on it before they act on what came with it.
            closes = _closing && queue is null;
            if (closes)
            {
                _closed = true;
                onClosed = _onClosed;
                _onClosed = null;
            }
        }

        var packets = new List<EnginePacket>(queue?.Count ?? 1);
        var compress = false;
        foreach (var item in queue ?? [])
        {
            compress |= item.Compress;
            if (item.Shared is not { } shared)
            {
                packets.Add(item.Packet);
                continue;
            }

            packets.Add(new EnginePacket(EnginePacketType.Message, shared.First, shared.IsBinary));
            foreach (var message in shared.Rest ?? [])
            {
                packets.Add(new EnginePacket(EnginePacketType.Message, message, shared.RestIsBinary));
            }
        }

        if (closes)
        {
            // A poll that has crossed the client's own close is told nothing new, and is its last.
            packets.Add(_hasLeft ? NoopPacket[0] : ClosePacket);
            connection.Engine.Departures.Take(connection.Id);
        }

        connection.Engine.RaiseFlush(connection);
        Answer(poll, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(packets), compress);
        connection.Engine.RaiseDrain(connection);
        OnAnswered();
        if (closes)
        {
            EndClose(onClosed);
        }
    }

    public override void Close(Action? onClosed)
    {
        lock (connection.Gate)
        {
            if (_closed || _closing)
            {
                return;
            }

            _closing = true;
            _onClosed = onClosed;
            if (onClosed is null && _poll is null)
            {
                // The session has ended already: no poll will come for the close packet.
                _closed = true;
                return;
            }

            if (_poll is null || connection.HasQueued)
            {
                _closeTimer = new CallbackTimer(OnCloseTimeout);
                connection.Engine.Timers.Schedule(_closeTimer, connection.Engine.Options.CloseTimeout);
            }
        }

        Flush();
    }

    /// <summary>What a poll is told that comes when the transport is closed already.</summary>
    protected virtual TransportResponse AnswerLate(PollingForm requested) => connection.Engine.Departures.Take(connection.Id) ?? TransportResponse.BadRequest;

    /// <summary>A poll has come and waits.</summary>
    protected virtual void OnPolled()
    {
    }

    /// <summary>Whether a body is of binary form.</summary>
    protected virtual bool IsBinary(TransportRequest request) => request.ContentType == TransportResponse.BinaryContent;

    /// <summary>No poll waits any more.</summary>
    protected virtual void OnAnswered()
    {
    }

    /// <summary>The client has gone from a poll before its answer.</summary>
    protected virtual void OnPollBrokenOff() => Fail("poll connection closed prematurely");

    public override void Abort()
    {
        lock (connection.Gate)
        {
            _closed = true;
        }

        Release();
    }

    /// <summary>Ends the transport because the client has said that it goes on by another: no poll is its own any more, one that waits included.</summary>
    public void Refuse()
    {
        lock (connection.Gate)
        {
            _closed = true;
        }

        TakePoll()?.Complete(TransportResponse.BadRequest);
    }

    private Task<TransportResponse> PollAsync(TransportRequest request)
    {
        var poll = new PendingPoll(this, request.Form ?? form);
        PendingPoll? other;
        lock (connection.Gate)
        {
            if (_closed)
            {
                return Task.FromResult(AnswerLate(request.Form ?? form));
            }

            other = _poll;
            if (other is null || NewestPollWins)
            {
                _poll = poll;
            }
        }

        if (other is not null)
        {
            if (!NewestPollWins)
            {
                Fail("overlap from client");
                return Task.FromResult(Overlap);
            }

            Answer(other, NoopPacket, compress: false);
        }

        connection.CountPoll();
        OnPolled();
        Flush();
        poll.WatchFor(request);
        return poll.Task;
    }

    private async Task<TransportResponse> PostAsync(TransportRequest request)
    {
        try
        {
            var isBinary = IsBinary(request);
            if (isBinary && !TakesBinary)
            {
                Fail("invalid content");
                return TransportResponse.BadRequest;
            }

            return await ReceiveAsync(request, isBinary).ConfigureAwait(false);
        }
        finally
        {
            EndPost();
        }
    }

    private async ValueTask<TransportResponse> ReceiveAsync(TransportRequest request, bool isBinary)
    {
        var packets = new List<EnginePacket>();
        try
        {
            Codec.DecodePayload(form.ReadBody(request.Body), isBinary, packets);
        }
        catch (EngineFormatException e)
        {
            Listener?.OnClosed(this, CloseReasons.ParseError, e.Message);
            return Malformed;
        }

        for (var next = 0; ;)
        {
            if (!connection.BeginBatch())
            {
                Fail("data request overlap from client");
                return Overlap;
            }

            try
            {
                while (next < packets.Count && !connection.IsReadingPaused)
                {
                    Receive(packets[next++]);
                }
            }
            finally
            {
                connection.EndBatch();
            }

            // The client sends no more before it has its answer.
            await connection.WhenReadingAsync().ConfigureAwait(false);
            if (next == packets.Count)
            {
                return Accepted;
            }
        }
    }

    private void Receive(in EnginePacket packet)
    {
        if (packet.Type != EnginePacketType.Close)
        {
            Listener?.OnPacket(this, packet);
            return;
        }

        _hasLeft = true;
        connection.Engine.Departures.Add(connection.Id, Encode(NoopPacket, form, compress: false));
        if (Release())
        {
            connection.Engine.Departures.Take(connection.Id);
        }

        Listener?.OnClosed(this, CloseReasons.TransportClose, null);
    }

    private void Fail(string detail) => Listener?.OnClosed(this, CloseReasons.TransportError, detail);

    private PendingPoll? TakePoll()
    {
        lock (connection.Gate)
        {
            var poll = _poll;
            _poll = null;
            return poll;
        }
    }

    private void OnPollAborted(PendingPoll poll)
    {
        if (Withdraw(poll))
        {
            OnPollBrokenOff();
        }
    }

    // False: it has been answered already.
    private bool Withdraw(PendingPoll poll)
    {
        lock (connection.Gate)
        {
            if (!ReferenceEquals(_poll, poll))
            {
                return false;
            }

            _poll = null;
        }

        poll.Complete(TransportResponse.BadRequest);
        OnAnswered();
        return true;
    }

    private void Answer(PendingPoll poll, ReadOnlySpan<EnginePacket> packets, bool compress) => poll.Complete(Encode(packets, poll.Form, compress));

    protected TransportResponse Encode(ReadOnlySpan<EnginePacket> packets, PollingForm form, bool compress)
    {
        var buffer = Scratch.Rent();
        try
        {
            var isBinary = Codec.EncodePayload(packets, buffer);
            return new TransportResponse
            {
                StatusCode = 200,
                ContentType = isBinary ? TransportResponse.BinaryContent : form.ContentType,
                Body = form.FormatAnswer(buffer.WrittenSpan.ToArray()),
                Compress = compress,
            };
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    private void OnCloseTimeout()
    {
        Action? onClosed;
        lock (connection.Gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            onClosed = _onClosed;
            _onClosed = null;
        }

        EndClose(onClosed);
    }

    private void EndClose(Action? onClosed)
    {
        if (_closeTimer is { } timer)
        {
            connection.Engine.Timers.Cancel(timer);
        }

        onClosed?.Invoke();
    }

    /// <summary>A GET that waits for its answer.</summary>
    private sealed class PendingPoll(PollingTransport transport, PollingForm form)
    {
        private readonly TaskCompletionSource<TransportResponse> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationTokenRegistration _aborted;
        private CancellationTokenRegistration _withdrawn;

        public Task<TransportResponse> Task => _answer.Task;

        public PollingForm Form => form;

        public void WatchFor(TransportRequest request)
        {
            if (!_answer.Task.IsCompleted)
            {
                _aborted = request.Aborted.UnsafeRegister(static state => ((PendingPoll)state!).OnAborted(), this);
                _withdrawn = request.Withdrawn.UnsafeRegister(static state => ((PendingPoll)state!).OnWithdrawn(), this);
            }
        }

        public void Complete(TransportResponse response)
        {
            _answer.TrySetResult(response);
            _aborted.Unregister();
            _withdrawn.Unregister();
        }

        private void OnAborted() => transport.OnPollAborted(this);

        private void OnWithdrawn() => transport.Withdraw(this);
    }
}
