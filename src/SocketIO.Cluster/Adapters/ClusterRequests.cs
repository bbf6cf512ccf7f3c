// What this gateway has asked the others, and the answers as they come.
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>How a request has ended.</summary>
/// <param name="Outcome">How.</param>
/// <param name="Missing">How many answers are missing of those that were promised.</param>
internal readonly record struct RequestEnd(AckOutcome Outcome, int Missing);

/// <summary>Drives an <see cref="AckCollector"/>. Thread-safe; answers are given under its lock.</summary>
/// <param name="options">The bounds.</param>
/// <param name="now">The time.</param>
internal sealed class ClusterRequests(AckCollectorOptions options, Func<TimeSpan> now)
{
    private readonly Lock _gate = new();
    private readonly AckCollector _collector = new(options);
    private readonly Dictionary<long, Request> _requests = [];
    private readonly List<AckResult> _results = [];
    private long _last;
    private long _refused;
    private long _tooLarge;

    /// <summary>Requests that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _requests.Count;
            }
        }
    }

    /// <summary>How often there were too many requests already.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>How often the answers to one were more than may be.</summary>
    public long TooLarge => Interlocked.Read(ref _tooLarge);

    /// <summary>Begins a request.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="answered">Gets each answer; after the end none.</param>
    /// <param name="end">Its end.</param>
    /// <returns>Its number.</returns>
    public long Start(TimeSpan timeout, Action<EventPayload>? answered, out Task<RequestEnd> end)
    {
        lock (_gate)
        {
            var number = ++_last;
            var request = new Request(answered);
            _requests.Add(number, request);
            _collector.Start(number, timeout, now(), _results);
            EndRequests();
            end = request.End;
            return number;
        }
    }

    /// <summary>Nobody waits any longer.</summary>
    public void Cancel(long number)
    {
        lock (_gate)
        {
            _collector.Cancel(number);
            _requests.Remove(number);
        }
    }

    /// <summary>The gateways that are asked.</summary>
    public void Expect(long number, IReadOnlyCollection<GatewayId> gateways)
    {
        lock (_gate)
        {
            _collector.Expect(number, gateways, _results);
            EndRequests();
        }
    }

    /// <summary>A gateway tells how many answers it will send.</summary>
    public void OnCount(long number, GatewayId gateway, int count)
    {
        lock (_gate)
        {
            _collector.OnCount(number, gateway, count, _results);
            EndRequests();
        }
    }

    /// <summary>An answer.</summary>
    public void OnAnswer(long number, GatewayId gateway, int index, EventPayload answer)
    {
        lock (_gate)
        {
            // Under the lock: whoever is told the end has been told all answers.
            if (_requests.TryGetValue(number, out var request) && _collector.OnAnswer(number, gateway, index, answer.Json, _results))
            {
                request.Answered?.Invoke(answer);
            }

            EndRequests();
        }
    }

    /// <summary>A gateway is dead.</summary>
    public void OnGatewayDead(GatewayId gateway)
    {
        lock (_gate)
        {
            _collector.OnGatewayDead(gateway, _results);
            EndRequests();
        }
    }

    /// <summary>Ends what has waited long enough.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            _collector.Advance(now(), _results);
            EndRequests();
        }
    }

    private void EndRequests()
    {
        foreach (var result in _results)
        {
            if (result.Outcome == AckOutcome.Refused)
            {
                Interlocked.Increment(ref _refused);
            }
            else if (result.Outcome == AckOutcome.TooLarge)
            {
                Interlocked.Increment(ref _tooLarge);
            }

            if (_requests.Remove(result.Request, out var request))
            {
                request.Complete(new RequestEnd(result.Outcome, result.Missing));
            }
        }

        _results.Clear();
    }

    private sealed class Request(Action<EventPayload>? answered)
    {
        private readonly TaskCompletionSource<RequestEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Action<EventPayload>? Answered { get; } = answered;

        public Task<RequestEnd> End => _end.Task;

        public void Complete(RequestEnd end) => _end.TrySetResult(end);
    }
}
