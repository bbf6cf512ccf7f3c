namespace SocketIO.Cluster.Tests;

/// <summary>A storage that answers what was asked, and what was not, with any outcome and any bytes.</summary>
internal sealed class StorageFuzz
{
    private readonly List<StorageRequest> _asked = [];

    public void Add(StorageRequest request) => _asked.Add(request);

    /// <summary>An answer to something that was asked, or to nothing.</summary>
    public StorageResult Next(Random random, byte[][] states)
    {
        var bytes = random.Next(3) == 0 ? Fuzz.Mutate(random, states, [[0], [0xff], [0x80]]) : states[random.Next(states.Length)];
        var etag = random.Next(4) == 0 ? null : "e";
        if (_asked.Count == 0 || random.Next(10) == 0)
        {
            return new StorageResult(random.Next(100), (StorageOutcome)random.Next(4), bytes, etag);
        }

        var at = random.Next(_asked.Count);
        var request = _asked[at];
        _asked.RemoveAt(at);
        return new StorageResult(request.Id, (StorageOutcome)(random.Next(3) == 0 ? random.Next(4) : 0), bytes, etag);
    }

    /// <summary>From now on it does not answer with anything but that the outcome is unknown.</summary>
    public bool TryFail(out StorageResult result)
    {
        result = default;
        if (_asked.Count == 0)
        {
            return false;
        }

        result = new StorageResult(_asked[0].Id, StorageOutcome.Unknown);
        _asked.RemoveAt(0);
        return true;
    }
}
