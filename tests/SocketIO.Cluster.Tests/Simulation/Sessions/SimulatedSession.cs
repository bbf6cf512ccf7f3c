namespace SocketIO.Cluster.Tests;

/// <summary>One life of the process that runs a session's machine; it may live on after it was replaced.</summary>
internal sealed class SimulatedSession(SessionWorld world, SessionTruth truth, int location, SessionMachine rules) : SimulatedHost<SessionMachine, SessionOutput>(rules)
{
    private readonly SimulatedClock _clock = world.Clock();
    private readonly Dictionary<long, Action<SessionOutput.Reply>> _answers = [];

    public SessionTruth Truth { get; } = truth;

    /// <summary>The machine that it runs on.</summary>
    public int Location { get; } = location;

    public override TimeSpan Now => _clock.At(world.Now);

    /// <summary>A request arrives; its answer may be lost on the way back, but not before it was given.</summary>
    public void Ask(long request, Action<SessionMachine, TimeSpan, List<SessionOutput>> call, Action<SessionOutput.Reply> answer)
    {
        _answers.Add(request, answer);
        Do(call);
    }

    /// <summary>Answers as the rules never would.</summary>
    public void AnswerWrongly(long request, SessionOutcome outcome) => Answer(new SessionOutput.Reply(request, outcome));

    protected override void CheckBounds() =>
        BrokenPromiseException.Require(Machine.Pending <= SessionWorld.MaxPending, Promise.Bounded, "more requests wait than the bound.");

    protected override void Do(SessionOutput output)
    {
        switch (output)
        {
            case SessionOutput.Storage storage:
                world.Operate(this, storage.Request, OnStorage);
                break;
            case SessionOutput.Reply reply:
                Answer(reply);
                break;
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
