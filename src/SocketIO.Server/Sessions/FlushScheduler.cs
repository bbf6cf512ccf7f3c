// Broadcasts write into many connections and flush none of them: the flushes happen here, so that what several
// broadcasts left for one connection leaves in one write.
namespace SocketIO.Server;

/// <summary>Flushes the connections that broadcasts have written to, in parallel shards; a connection always belongs to the same shard.</summary>
internal sealed class FlushScheduler
{
    private readonly Shard[] _shards;

    public FlushScheduler()
    {
        // A power of two at or above the number of cores: the shard of a connection is a mask away.
        var count = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 1, 16));
        _shards = new Shard[count];
        for (var i = 0; i < count; i++)
        {
            _shards[i] = new Shard();
        }
    }

    /// <summary>Notes that a connection has something to flush; the caller holds the connection's gate and has seen that it is not noted yet.</summary>
    public void Add(EngineConnection connection) => _shards[connection.Hash & (_shards.Length - 1)].Add(connection);

    private sealed class Shard : IThreadPoolWorkItem
    {
        private readonly Lock _gate = new();
        private List<EngineConnection> _waiting = [];
        private List<EngineConnection> _flushing = [];
        private bool _scheduled;

        public void Add(EngineConnection connection)
        {
            lock (_gate)
            {
                _waiting.Add(connection);
                if (_scheduled)
                {
                    return;
                }

                _scheduled = true;
            }

            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }

        public void Execute()
        {
            while (true)
            {
                lock (_gate)
                {
                    if (_waiting.Count == 0)
                    {
                        _scheduled = false;
                        return;
                    }

                    (_waiting, _flushing) = (_flushing, _waiting);
                }

                foreach (var connection in _flushing)
                {
                    try
                    {
                        connection.FlushScheduled();
                    }
                    catch (Exception e)
                    {
                        // One connection's fault is not the next one's.
                        connection.Engine.LogFailure(e, connection.Id);
                    }
                }

                _flushing.Clear();
                if (_flushing.Capacity > 65536)
                {
                    _flushing.Capacity = 0;
                }
            }
        }
    }
}
