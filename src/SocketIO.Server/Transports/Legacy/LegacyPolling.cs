// Clients before Engine.IO neither ping while they poll nor say that they leave: the server ends polls in time, and sessions from which no more come.
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The polling transport of a client 0.1 to 0.9: the newest poll wins, one that breaks off is no end, and POSTs may overlap.</summary>
internal abstract class LegacyPolling : PollingTransport
{
    private readonly EngineConnection _connection;
    private readonly CallbackTimer _timer;
    private bool _replaced;
    private long _answered;

    protected LegacyPolling(EngineConnection connection, PollingForm form)
        : base(connection, form)
    {
        _connection = connection;
        _timer = new CallbackTimer(OnTimer);
    }

    /// <summary>How long a poll waits before it is answered with nothing.</summary>
    protected abstract TimeSpan PollDuration { get; }

    /// <summary>How long the session goes on without a poll.</summary>
    protected abstract TimeSpan AbsenceTimeout { get; }

    protected override bool NewestPollWins => true;

    protected override bool OpensAlone => true;

    protected override EnginePacket ClosePacket =>
        !_connection.AnnouncesClose && _connection.Dialect.ReconnectAdvice is { IsEmpty: false } advice ? new EnginePacket(EnginePacketType.Message, advice) : base.ClosePacket;

    public override bool BeginPost() => true;

    public override void EndPost()
    {
    }

    public override Task<TransportResponse> HandleAsync(TransportRequest request) =>
        request.Method == "POST" ? PostAsync(request) : base.HandleAsync(request);

    public override void Abort()
    {
        lock (_connection.Gate)
        {
            _replaced = true;
        }

        _connection.Engine.Timers.Cancel(_timer);
        base.Abort();
    }

    protected override void OnPolled() => Schedule(PollDuration);

    protected override void OnAnswered()
    {
        Volatile.Write(ref _answered, _connection.Engine.Time.GetTimestamp());
        Schedule(AbsenceTimeout);
    }

    protected override void OnPollBrokenOff()
    {
    }

    private async Task<TransportResponse> PostAsync(TransportRequest request) =>
        await _connection.Posts!.ReceiveAsync((request.Form ?? Form).ReadBody(request.Body)).ConfigureAwait(false) ? Accepted : Malformed;

    private void Schedule(TimeSpan time)
    {
        lock (_connection.Gate)
        {
            if (_replaced || _connection.ReadyState == ReadyState.Closed)
            {
                return;
            }
        }

        _connection.Engine.Timers.Schedule(_timer, time);
    }

    private void OnTimer()
    {
        if (Release() || _replaced)
        {
            return;
        }

        // A poll that was answered a moment ago has scheduled the timer anew.
        if (_connection.Engine.Time.GetElapsedTime(Volatile.Read(ref _answered)) >= AbsenceTimeout)
        {
            _connection.EndElsewhere(CloseReasons.TransportClose, "the client did not poll again", abort: false);
        }
    }
}
