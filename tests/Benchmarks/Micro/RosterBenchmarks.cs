using System.Globalization;
using BenchmarkDotNet.Attributes;
using SocketIO.Cluster;

namespace SocketIO.Benchmarks.Micro;

/// <summary>
/// Members join and leave a room in turn, anywhere in its roster, over a storage in memory. The figures are per change, on a machine that knows the room:
/// what its size costs is the difference between the rows.
/// </summary>
[MemoryDiagnoser]
public class RosterBenchmarks
{
    private const int Changes = 1_000;

    private readonly Dictionary<string, (ReadOnlyMemory<byte> Bytes, string ETag)> _store = new(StringComparer.Ordinal);
    private readonly List<RosterOutput> _outputs = [];
    private readonly string[] _names = [.. Enumerable.Range(0, 50_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"other:{i:D7}"))];
    private RosterMachine _roster = new("/", "lobby", new RosterOptions());
    private ulong _version = 1;
    private int _next;

    /// <summary>Members of the room.</summary>
    [Params(10, 10_000, 1_000_000)]
    public int Members { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var builder = new RosterMachine("/", "lobby", new RosterOptions { MaxPending = int.MaxValue, MaxLoadedShards = int.MaxValue });
        for (var i = 0; i < Members; i++)
        {
            builder.Change(i, new RosterChange(string.Create(CultureInfo.InvariantCulture, $"user:{i:D7}"), 1, true, true), default, _outputs);
        }

        Run(builder);
        _roster = new RosterMachine("/", "lobby", new RosterOptions());
        for (var i = 0; i < 100; i++)
        {
            JoinAndLeave();
        }
    }

    [Benchmark(OperationsPerInvoke = Changes)]
    public void JoinAndLeave()
    {
        for (var i = 0; i < Changes; i += 2)
        {
            var member = _names[_next++ % _names.Length];
            Change(member, present: true);
            Change(member, present: false);
        }
    }

    private void Change(string member, bool present)
    {
        _outputs.Clear();
        _roster.Change(0, new RosterChange(member, ++_version, present, Enforce: true), default, _outputs);
        Run(_roster);
    }

    private void Run(RosterMachine roster)
    {
        for (var at = 0; at < _outputs.Count; at++)
        {
            if (_outputs[at] is RosterOutput.Storage storage)
            {
                roster.OnStorage(Apply(storage.Request), default, _outputs);
            }
        }
    }

    private StorageResult Apply(in StorageRequest request)
    {
        var isThere = _store.TryGetValue(request.Key, out var found);
        switch (request.Operation)
        {
            case StorageOperation.Load:
                return new StorageResult(request.Id, StorageOutcome.Done, found.Bytes, isThere ? found.ETag : null);
            case StorageOperation.Clear:
                _store.Remove(request.Key);
                return new StorageResult(request.Id, StorageOutcome.Done);
            default:
                if ((isThere ? found.ETag : null) != request.ETag)
                {
                    return new StorageResult(request.Id, StorageOutcome.Conflict);
                }

                var etag = request.Id.ToString(CultureInfo.InvariantCulture);
                _store[request.Key] = (request.Bytes, etag);
                return new StorageResult(request.Id, StorageOutcome.Done, default, etag);
        }
    }
}
