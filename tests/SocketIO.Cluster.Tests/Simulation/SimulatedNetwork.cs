namespace SocketIO.Cluster.Tests;

/// <summary>Virtual time and all that is on its way: lost, doubled, late and out of order as the seed wants.</summary>
internal sealed class SimulatedNetwork(Random random)
{
    private readonly PriorityQueue<Action, (long Time, long Order)> _events = new();
    private readonly HashSet<(int From, int To)> _cut = [];
    private long _order;

    public long Milliseconds { get; private set; }

    public TimeSpan Now => TimeSpan.FromMilliseconds(Milliseconds);

    public int LossPercent { get; set; }

    public int DuplicationPercent { get; set; }

    public int MaxDelay { get; set; } = 20;

    /// <summary>From one machine to the other nothing passes any more, or all again.</summary>
    public void Toggle(int from, int to)
    {
        if (!_cut.Remove((from, to)))
        {
            _cut.Add((from, to));
        }
    }

    /// <summary>From one machine to the other nothing passes for a time.</summary>
    public void Cut(int from, int to, int milliseconds)
    {
        if (_cut.Add((from, to)))
        {
            After(milliseconds, () => _cut.Remove((from, to)));
        }
    }

    /// <summary>Whether messages pass from one machine to the other.</summary>
    public bool Passes(int from, int to) => !_cut.Contains((from, to));

    public void Heal()
    {
        _cut.Clear();
        LossPercent = DuplicationPercent = 0;
    }

    public void After(int milliseconds, Action action) => _events.Enqueue(action, (Milliseconds + milliseconds, _order++));

    public void Send(int from, int to, Action arrive)
    {
        for (var copies = random.Next(100) < DuplicationPercent ? 2 : 1; copies > 0; copies--)
        {
            if (random.Next(100) >= LossPercent && Passes(from, to))
            {
                After(1 + random.Next(MaxDelay), arrive);
            }
        }
    }

    /// <summary>Lets happen what is due until a time.</summary>
    public void RunUntil(long milliseconds)
    {
        while (_events.TryPeek(out _, out var next) && next.Time <= milliseconds)
        {
            Milliseconds = next.Time;
            _events.Dequeue()();
        }

        Milliseconds = milliseconds;
    }
}
