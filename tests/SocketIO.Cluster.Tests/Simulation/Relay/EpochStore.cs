namespace SocketIO.Cluster.Tests;

/// <summary>The stored epoch of each partition. A read or a write may fail, or be answered too late; then nobody knows whether it happened, or happens yet.</summary>
internal sealed class EpochStore(Random random, SimulatedNetwork network, int partitions)
{
    private readonly long[] _epochs = new long[partitions];
    private readonly int _failPercent = random.Next(3) * 30;

    /// <summary>Nothing fails any more.</summary>
    public bool IsCalm { get; set; }

    /// <summary>A store that does not compare: a deliberate fault.</summary>
    public bool IgnoresExpected { get; init; }

    /// <summary>Answers with the epoch, or with nothing.</summary>
    public void Read(int partition, Action<long?> answer)
    {
        network.After(1 + random.Next(10), () =>
        {
            var stored = _epochs[partition];
            var fails = !IsCalm && random.Next(100) < _failPercent;
            network.After(random.Next(fails ? 60 : 10), () => answer(fails ? null : stored));
        });
    }

    /// <summary>Answers whether the epoch was the expected one and is now the next, or nothing.</summary>
    public void Advance(int partition, long expected, Action<bool?> answer)
    {
        var outcome = IsCalm || random.Next(100) >= _failPercent ? 3 : random.Next(3);
        network.After(1 + random.Next(10), () =>
        {
            switch (outcome)
            {
                case 0:
                    network.After(random.Next(60), () => answer(null));
                    break;
                case 1:
                    Apply(partition, expected);
                    network.After(random.Next(60), () => answer(null));
                    break;
                case 2:
                    network.After(random.Next(100), () => Apply(partition, expected));
                    network.After(random.Next(60), () => answer(null));
                    break;
                default:
                    var isDone = Apply(partition, expected);
                    network.After(random.Next(10), () => answer(isDone));
                    break;
            }
        });
    }

    private bool Apply(int partition, long expected)
    {
        if (_epochs[partition] != expected && !IgnoresExpected)
        {
            return false;
        }

        _epochs[partition] = expected + 1;
        return true;
    }
}
