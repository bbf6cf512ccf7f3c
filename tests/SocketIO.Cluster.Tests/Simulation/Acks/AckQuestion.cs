using static SocketIO.Cluster.Tests.BrokenPromiseException;

namespace SocketIO.Cluster.Tests;

/// <summary>One broadcast with acknowledgement: who was asked, what has arrived of it at the asker, and what its end may look like.</summary>
internal sealed class AckQuestion(AckGateway asker, long number, TimeSpan deadline, AckCollectorOptions options)
{
    private readonly Dictionary<GatewayId, int> _asked = [];
    private readonly HashSet<GatewayId> _counted = [];
    private readonly HashSet<long> _arrived = [];
    private GatewayId[]? _expected;

    /// <summary>A number that no other question has.</summary>
    public long Number { get; } = number;

    public AckGateway Asker { get; } = asker;

    public bool IsOver { get; private set; }

    /// <summary>The answer of a gateway's client.</summary>
    public long Answer(GatewayId gateway, int client) => (Number << 32) | (gateway.Value << 8) | (long)client;

    /// <summary>A gateway has the broadcast and asks its clients; false if it has asked them already.</summary>
    public bool Ask(GatewayId gateway, int clients) => _asked.TryAdd(gateway, clients);

    public void Expected(IEnumerable<GatewayId> gateways) => _expected ??= [.. gateways];

    public void Counted(GatewayId gateway)
    {
        if (!Asker.Dead.Contains(gateway))
        {
            _counted.Add(gateway);
        }
    }

    public void Answered(GatewayId gateway, int client)
    {
        if (!Asker.Dead.Contains(gateway))
        {
            _arrived.Add(Answer(gateway, client));
        }
    }

    public void Ended(AckResult result, TimeSpan now)
    {
        Require(!IsOver, Promise.AcksAreGrainCallbacks, "a request ended twice.");
        IsOver = true;
        var answers = result.Answers.Select(answer => BitConverter.ToInt64(answer.Span)).ToList();
        Require(answers.Distinct().Count() == answers.Count, Promise.Once, "an answer counts twice.");
        Require(answers.All(answer => answer >> 32 == Number), Promise.AcksAreGrainCallbacks, "an answer is to another request.");
        switch (result.Outcome)
        {
            case AckOutcome.Refused:
                Require(Asker.Collector.Pending >= options.MaxPending, Promise.AcksAreGrainCallbacks, "a request was refused below the bound.");
                return;
            case AckOutcome.TooLarge:
                Require(_asked.Values.Sum() > options.MaxAnswers, Promise.AcksAreGrainCallbacks, "a request was too large below the bound.");
                return;
            case AckOutcome.Complete:
                Require(IsComplete(), Promise.AcksAreGrainCallbacks, "a request ended before all had answered.");
                break;
            default:
                Require(now >= deadline, Promise.AcksAreGrainCallbacks, "a request ended before its time.");
                Require(!IsComplete(), Promise.AcksAreGrainCallbacks, "a request timed out, and nothing was missing.");
                break;
        }

        Require(_arrived.SetEquals(answers), Promise.AcksAreGrainCallbacks, "the answers are not those that had arrived.");
    }

    /// <summary>After each step: who has everything, or has waited long enough, is not left waiting.</summary>
    public void Check(TimeSpan now)
    {
        Require(IsOver || !IsComplete(), Promise.AcksAreGrainCallbacks, "a request waits, and nothing is missing.");
        Require(IsOver || now < deadline, Promise.AcksAreGrainCallbacks, "a request waits beyond its time.");
    }

    /// <summary>Whether everything is there that the living were asked for.</summary>
    private bool IsComplete() => _expected is not null && _expected.Concat(_counted).All(gateway =>
        Asker.Dead.Contains(gateway)
        || (_counted.Contains(gateway) && Enumerable.Range(0, _asked[gateway]).All(client => _arrived.Contains(Answer(gateway, client)))));
}
