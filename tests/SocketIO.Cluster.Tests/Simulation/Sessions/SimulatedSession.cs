namespace SocketIO.Cluster.Tests;

/// <summary>One life of the process that runs a session's machine; it may live on after it was replaced.</summary>
internal sealed class SimulatedSession(SessionWorld world, SessionTruth truth, int machine, SessionMachine rules)
{
    private readonly SimulatedClock _clock = world.Clock();
    private readonly Dictionary<long, Action<SessionOutput.Reply>> _answers = [];
    private readonly List<SessionOutput> _outputs = [];

    public SessionTruth Truth { get; } = truth;

    public int Machine { get; } = machine;

    public bool IsAlive { get; set; } = true;

    public TimeSpan Now => _clock.At(world.Now);

    public int Pending => rules.Pending;

    /// <summary>A request arrives; its answer may be lost on the way back, but not before it was given.</summary>
    public void Ask(long request, Action<SessionMachine, TimeSpan, List<SessionOutput>> call, Action<SessionOutput.Reply> answer)
    {
        _answers.Add(request, answer);
        Do(machine => call(machine, Now, _outputs));
    }

    public void Advance() => Do(machine => machine.Advance(Now, _outputs));

    /// <summary>Answers as the rules never would.</summary>
    public void AnswerWrongly(long request, SessionOutcome outcome) => Answer(new SessionOutput.Reply(request, outcome));

    private void Do(Action<SessionMachine> act)
    {
        if (!IsAlive)
        {
            return;
        }

        act(rules);
        SessionOutput[] outputs = [.. _outputs];
        _outputs.Clear();
        foreach (var output in outputs)
        {
            switch (output)
            {
                case SessionOutput.Storage storage:
                    world.Operate(this, storage.Request, result => Do(machine => machine.OnStorage(result, Now, _outputs)));
                    break;
                case SessionOutput.Reply reply:
                    Answer(reply);
                    break;
            }
        }
    }

    private void Answer(SessionOutput.Reply reply)
    {
        if (_answers.Remove(reply.Request, out var answer))
        {
            answer(reply);
        }
    }
}
