using System.Collections.Concurrent;
using System.Globalization;

namespace SocketIO.Cluster.Tests;

/// <summary>Sessions over a storage in memory.</summary>
/// <param name="time">Their clock.</param>
internal sealed class MemorySessions(TimeProvider time) : ISessionLink, IStateStorage
{
    private readonly ConcurrentDictionary<string, SessionHost> _hosts = new();
    private readonly Dictionary<string, (ReadOnlyMemory<byte> Bytes, long ETag)> _stored = [];
    private readonly Lock _gate = new();
    private long _lastETag;

    /// <summary>Every save is held up until this completes.</summary>
    public Task MaySave { get; set; } = Task.CompletedTask;

    /// <summary>Comes between a claim and its answer.</summary>
    public Func<Task> Claimed { get; set; } = static () => Task.CompletedTask;

    /// <summary>How many saves were refused, because another gateway has claimed the session.</summary>
    public int Refused { get; private set; }

    public Task<SessionOutput.Reply> CreateAsync(string privateId, long claim, GatewayId owner, string socketId, string? user) =>
        Host(privateId).CreateAsync(claim, owner, socketId, user);

    public async Task<SessionOutput.Reply> ClaimAsync(string privateId, long claim, GatewayId owner, string? user)
    {
        var reply = await Host(privateId).ClaimAsync(claim, owner, user);
        await Claimed();
        return reply;
    }

    public async Task<SessionOutput.Reply> SaveAsync(
        string privateId, ulong generation, long revision, IReadOnlyList<string> rooms, ReadOnlyMemory<byte> data, bool isAway)
    {
        await MaySave;
        var reply = await Host(privateId).SaveAsync(generation, revision, rooms, data, isAway);
        Refused += reply.Outcome == SessionOutcome.Stale ? 1 : 0;
        return reply;
    }

    public Task<SessionOutput.Reply> EndAsync(string privateId, ulong generation) => Host(privateId).EndAsync(generation);

    /// <summary>Waits until a session is stored with a room.</summary>
    public Task WhenSavedAsync(string privateId, string room) => WhenAsync(privateId, state => state.Rooms.Contains(room));

    /// <summary>Waits until a session was written after a moment.</summary>
    public Task WhenWrittenSinceAsync(string privateId, DateTimeOffset moment) => WhenAsync(privateId, state => state.Seen >= moment - DateTimeOffset.UnixEpoch);

    private async Task WhenAsync(string privateId, Func<SessionState, bool> condition)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_stored.TryGetValue(StateKey.Session(privateId), out var stored) && condition(SessionState.Read(stored.Bytes.Span)))
                {
                    return;
                }
            }

            await Task.Delay(5);
        }
    }

    private SessionHost Host(string privateId) => _hosts.GetOrAdd(
        privateId,
        id => new SessionHost(new SessionMachine(id, new SessionOptions()), this, () => time.GetUtcNow() - DateTimeOffset.UnixEpoch));

    Task<StorageResult> IStateStorage.OperateAsync(StorageRequest request) => Task.FromResult(Operate(request));

    void IStateStorage.OnUnreadable(UnreadableState state) => Assert.Fail(state.Error.Message);

    private StorageResult Operate(StorageRequest request)
    {
        lock (_gate)
        {
            var isThere = _stored.TryGetValue(request.Key, out var stored);
            var etag = isThere ? stored.ETag.ToString(CultureInfo.InvariantCulture) : null;
            if (request.Operation == StorageOperation.Load)
            {
                return new StorageResult(request.Id, StorageOutcome.Done, stored.Bytes, etag);
            }

            if (request.ETag != etag && (request.ETag is not null || request.Operation == StorageOperation.Store))
            {
                return new StorageResult(request.Id, StorageOutcome.Conflict);
            }

            if (request.Operation == StorageOperation.Clear)
            {
                _stored.Remove(request.Key);
                return new StorageResult(request.Id, StorageOutcome.Done);
            }

            _stored[request.Key] = (request.Bytes, ++_lastETag);
            return new StorageResult(request.Id, StorageOutcome.Done, default, _lastETag.ToString(CultureInfo.InvariantCulture));
        }
    }
}
