// A session whose client stays away would be stored for ever: its grain is asked by nobody any more.
using System.Collections.Concurrent;
using Orleans;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>
/// Remembers the sessions of this silo's grains that their clients have left, until nobody can come back to them, and has them removed. What it
/// remembers goes with the silo; so does what it was to remove.
/// </summary>
/// <param name="grains">The sessions.</param>
/// <param name="options">For how long a client may stay away.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionExpiry(IGrainFactory grains, SessionOptions options, TimeProvider time) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private const int AtOnce = 32;
    // Beyond, the oldest are forgotten here, and stay stored.
    private const int MaxRemembered = 500_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // The time is the same for all: who has left first is first.
    private readonly ConcurrentQueue<(string PrivateId, long Since)> _left = new();
    private readonly CancellationTokenSource _end = new();
    private Task _removing = Task.CompletedTask;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(SessionExpiry),
        ServiceLifecycleStage.Active,
        _ =>
        {
            _removing = RemoveAsync();
            return Task.CompletedTask;
        },
        async _ =>
        {
            await _end.CancelAsync().ConfigureAwait(false);
            await _removing.ConfigureAwait(false);
        });

    /// <inheritdoc/>
    public void Dispose() => _end.Dispose();

    /// <summary>A client has left its session.</summary>
    public void Add(string privateId)
    {
        _left.Enqueue((privateId, time.GetTimestamp()));
        if (_left.Count > MaxRemembered)
        {
            _left.TryDequeue(out _);
        }
    }

    private async Task RemoveAsync()
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token).ConfigureAwait(false))
            {
                await Parallel.ForEachAsync(TakeExpired(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = _end.Token }, RemoveAsync).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    private IEnumerable<string> TakeExpired()
    {
        while (_left.TryPeek(out var first) && time.GetElapsedTime(first.Since) > options.MaxDisconnectionDuration + Interval && _left.TryDequeue(out first))
        {
            yield return first.PrivateId;
        }
    }

    private async ValueTask RemoveAsync(string privateId, CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<ISessionGrain>(privateId).ExpireAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // As when the silo that remembers it has died: what is stored stays, and nobody can come back to it. The storage's faults are in the log.
        }
    }
}
