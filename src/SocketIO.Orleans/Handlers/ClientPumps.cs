using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Makes the pumps of this gateway's sockets, and has a silo that ends wait until they are empty: what its clients did last is to arrive.</summary>
/// <param name="metrics">Shows what waits.</param>
/// <param name="options">How long a silo waits.</param>
/// <param name="time">The clock.</param>
internal sealed class ClientPumps(ClientMetrics metrics, IOptions<SocketIOClusterOptions> options, TimeProvider time) : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly Lock _gate = new();
    private int _running;
    private TaskCompletionSource? _idle;

    /// <summary>Makes one.</summary>
    /// <param name="connection">The client's.</param>
    /// <param name="maxBytes">The most bytes that wait before the client has to.</param>
    public ClientPump Create(EngineConnection connection, int maxBytes) => new(connection, maxBytes, this);

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(ClientPumps),
        ServiceLifecycleStage.Last,
        static _ => Task.CompletedTask,
        async cancellationToken =>
            await WhenIdle().WaitAsync(options.Value.CloseTimeout, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing));

    /// <summary>More bytes wait, or fewer.</summary>
    public void Queued(int bytes) => metrics.Queued(bytes);

    /// <summary>More clients have to wait, or fewer.</summary>
    public void Paused(int clients) => metrics.Paused(clients);

    /// <summary>A pump has something to deliver.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _running++;
        }
    }

    /// <summary>It has delivered everything.</summary>
    public void End()
    {
        lock (_gate)
        {
            _running--;
            if (_running == 0)
            {
                _idle?.TrySetResult();
                _idle = null;
            }
        }
    }

    private Task WhenIdle()
    {
        lock (_gate)
        {
            return _running == 0 ? Task.CompletedTask : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }
}
