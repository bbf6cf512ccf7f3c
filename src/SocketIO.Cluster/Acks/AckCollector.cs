namespace SocketIO.Cluster;

/// <summary>
/// Gathers the answers to broadcasts with acknowledgement. It lives in the gateway that asks. Each gateway that delivers the broadcast reports how
/// many clients it asked, and each client's answer under a number below that count; so a repeated message counts once.
/// </summary>
/// <remarks>Single-threaded. Messages for requests that have ended, or that never were, are ignored.</remarks>
internal sealed class AckCollector(AckCollectorOptions options)
{
    private readonly Dictionary<long, Collection> _pending = [];
    private readonly PriorityQueue<long, TimeSpan> _deadlines = new();
    private readonly HashSet<GatewayId> _dead = [];
    private readonly Queue<GatewayId> _deadInOrder = new();

    /// <summary>Requests that wait for answers.</summary>
    public int Pending => _pending.Count;

    /// <summary>A request begins. Who delivers it is told by <see cref="Expect"/>; answers may arrive before.</summary>
    public void Start(long request, TimeSpan timeout, TimeSpan now, List<AckResult> outputs)
    {
        if (_pending.Count >= options.MaxPending || _pending.ContainsKey(request))
        {
            outputs.Add(new AckResult(request, AckOutcome.Refused, [], 0));
            return;
        }

        var deadline = timeout > TimeSpan.MaxValue - now ? TimeSpan.MaxValue : now + timeout;
        _pending.Add(request, new Collection(deadline, _dead));
        ForgetEndedDeadlines();
        _deadlines.Enqueue(request, deadline);
    }

    /// <summary>The gateways that deliver the request; none ends it at once.</summary>
    public void Expect(long request, IReadOnlyCollection<GatewayId> gateways, List<AckResult> outputs)
    {
        if (!_pending.TryGetValue(request, out var collection) || collection.IsExpected)
        {
            return;
        }

        collection.IsExpected = true;
        foreach (var gateway in gateways)
        {
            collection.Of(gateway).IsExpected = true;
        }

        EndIfComplete(request, collection, outputs);
    }

    /// <summary>A gateway has asked so many clients.</summary>
    public void OnCount(long request, GatewayId gateway, int clients, List<AckResult> outputs)
    {
        if (!_pending.TryGetValue(request, out var collection) || clients < 0)
        {
            return;
        }

        var share = collection.Of(gateway);
        if (share.Count is not null || share.IsDead)
        {
            return;
        }

        if (clients > options.MaxAnswers - collection.Asked)
        {
            End(request, collection, AckOutcome.TooLarge, outputs);
            return;
        }

        share.Count = clients;
        collection.Asked += clients;
        EndIfComplete(request, collection, outputs);
    }

    /// <summary>Nobody waits for a request any longer.</summary>
    public void Cancel(long request) => _pending.Remove(request);

    /// <summary>A client's answer: the first under its number counts.</summary>
    /// <returns>Whether it counts.</returns>
    public bool OnAnswer(long request, GatewayId gateway, int number, ReadOnlyMemory<byte> answer, List<AckResult> outputs)
    {
        if (!_pending.TryGetValue(request, out var collection) || number < 0)
        {
            return false;
        }

        var share = collection.Of(gateway);
        if (share.IsDead || number >= (share.Count ?? options.MaxAnswers) || !share.Answered.Add(number))
        {
            return false;
        }

        collection.Bytes += answer.Length;
        if (collection.Answers.Count >= options.MaxAnswers || collection.Bytes > options.MaxAnswerBytes)
        {
            End(request, collection, AckOutcome.TooLarge, outputs);
            return false;
        }

        collection.Answers.Add(answer);
        EndIfComplete(request, collection, outputs);
        return true;
    }

    /// <summary>A gateway is dead: nobody waits for its clients any longer. What they answered counts.</summary>
    public void OnGatewayDead(GatewayId gateway, List<AckResult> outputs)
    {
        // Whoever routes a request may hear of the death later than this one, and name the dead.
        if (_dead.Add(gateway))
        {
            _deadInOrder.Enqueue(gateway);
        }

        if (_dead.Count > options.MaxDeadGateways)
        {
            _dead.Remove(_deadInOrder.Dequeue());
        }

        foreach (var (request, collection) in _pending.ToArray())
        {
            collection.Of(gateway).IsDead = true;
            EndIfComplete(request, collection, outputs);
        }
    }

    /// <summary>Time has passed: who has waited long enough gets the answers so far.</summary>
    public void Advance(TimeSpan now, List<AckResult> outputs)
    {
        while (_deadlines.TryPeek(out var request, out var deadline) && deadline <= now)
        {
            _deadlines.Dequeue();
            if (_pending.TryGetValue(request, out var collection) && collection.Deadline == deadline)
            {
                End(request, collection, AckOutcome.TimedOut, outputs);
            }
        }
    }

    /// <summary>Requests that ended early leave their deadlines behind: never more of them than requests may wait.</summary>
    private void ForgetEndedDeadlines()
    {
        if (_deadlines.Count < (2 * _pending.Count) + 16)
        {
            return;
        }

        _deadlines.Clear();
        foreach (var (request, collection) in _pending)
        {
            _deadlines.Enqueue(request, collection.Deadline);
        }
    }

    private void EndIfComplete(long request, Collection collection, List<AckResult> outputs)
    {
        if (collection.IsExpected && collection.Shares.Values.All(share => share.IsComplete))
        {
            End(request, collection, AckOutcome.Complete, outputs);
        }
    }

    private void End(long request, Collection collection, AckOutcome outcome, List<AckResult> outputs)
    {
        _pending.Remove(request);
        outputs.Add(new AckResult(request, outcome, collection.Answers, collection.Shares.Values.Sum(share => share.Missing)));
    }

    private sealed class Collection(TimeSpan deadline, HashSet<GatewayId> dead)
    {
        public TimeSpan Deadline { get; } = deadline;

        public Dictionary<GatewayId, Share> Shares { get; } = [];

        public List<ReadOnlyMemory<byte>> Answers { get; } = [];

        public long Bytes { get; set; }

        public int Asked { get; set; }

        public bool IsExpected { get; set; }

        public Share Of(GatewayId gateway)
        {
            if (!Shares.TryGetValue(gateway, out var share))
            {
                Shares.Add(gateway, share = new Share { IsDead = dead.Contains(gateway) });
            }

            return share;
        }
    }

    private sealed class Share
    {
        public bool IsExpected { get; set; }

        public bool IsDead { get; set; }

        public int? Count { get; set; }

        public HashSet<int> Answered { get; } = [];

        /// <summary>How many answers are missing; of a gateway that has not said how many there are, one.</summary>
        public int Missing => IsComplete ? 0 : Count is { } count ? count - Answered.Count : 1;

        public bool IsComplete => IsDead || (Count is { } count ? Answered.Count >= count : !IsExpected);
    }
}
