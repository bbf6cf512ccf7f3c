namespace SocketIO.Cluster.Tests;

/// <summary>All that is under way: whatever the seed wants is the next to happen.</summary>
internal sealed class Disorder(Random random)
{
    private readonly List<Action> _events = [];
    private readonly List<Action> _late = [];

    public bool IsEmpty => _events.Count == 0;

    public void Add(Action action) => _events.Add(action);

    /// <summary>A write that was given up long ago is under way again.</summary>
    public void Resume()
    {
        if (_late.Count > 0)
        {
            Add(Take(_late));
        }
    }

    /// <summary>All of them are.</summary>
    public void ResumeAll()
    {
        _events.AddRange(_late);
        _late.Clear();
    }

    public void Step()
    {
        if (_events.Count > 0)
        {
            Take(_events)();
        }
    }

    /// <summary>A storage operation. It may fail, or be answered as unknown and have happened, or happen later.</summary>
    public void Operate(StorageRequest request, int failurePercent, Func<StorageRequest, StorageResult> apply, Action<StorageResult> answer)
    {
        var unknown = new StorageResult(request.Id, StorageOutcome.Unknown);
        switch (random.Next(100) >= failurePercent ? 0 : random.Next(1, 4))
        {
            case 1:
                Add(() => answer(unknown));
                break;
            case 2:
                Add(() =>
                {
                    apply(request);
                    Add(() => answer(unknown));
                });
                break;
            case 3:
                Add(() =>
                {
                    (random.Next(2) == 0 ? _events : _late).Add(() => apply(request));
                    answer(unknown);
                });
                break;
            default:
                Add(() =>
                {
                    var result = apply(request);
                    Add(() => answer(result));
                });
                break;
        }
    }

    private Action Take(List<Action> actions)
    {
        var at = random.Next(actions.Count);
        var taken = actions[at];
        actions[at] = actions[^1];
        actions.RemoveAt(actions.Count - 1);
        return taken;
    }
}
