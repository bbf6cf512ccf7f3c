namespace SocketIO.Admin;

/// <summary>The logins that may come back, by a key; the oldest make room. Thread-safe.</summary>
/// <param name="capacity">The most.</param>
/// <param name="lifetime">For how long each may.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionTable(int capacity, TimeSpan lifetime, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _since = [];
    private readonly Queue<string> _byAge = new();

    /// <summary>Adds one; one that is there already keeps its time.</summary>
    public void Add(string key)
    {
        lock (_gate)
        {
            if (!_since.TryAdd(key, time.GetTimestamp()))
            {
                return;
            }

            _byAge.Enqueue(key);
            while (_byAge.Count > capacity || HasExpired(_byAge.Peek()))
            {
                _since.Remove(_byAge.Dequeue());
            }
        }
    }

    /// <summary>Whether it may come back.</summary>
    public bool Contains(string key)
    {
        lock (_gate)
        {
            return _since.ContainsKey(key) && !HasExpired(key);
        }
    }

    private bool HasExpired(string key) => time.GetElapsedTime(_since[key]) >= lifetime;
}
