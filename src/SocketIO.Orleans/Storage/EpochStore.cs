// Who may sequence: the activation that has written the highest epoch.
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace SocketIO.Orleans;

/// <summary>The epoch of a partition, in the grain storage. It is always read from there, never from memory.</summary>
/// <param name="storage">The storage named <c>SocketIO</c>.</param>
internal sealed class EpochStore([FromKeyedServices(StateStore.Name)] IGrainStorage storage)
{
    private const string StateName = "epoch";

    /// <summary>Takes a new epoch, higher than all before; nobody else has it.</summary>
    public async Task<long> TakeAsync(GrainId partition, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var state = await LoadAsync(partition).ConfigureAwait(false);
            var epoch = ++state.State.Epoch;
            try
            {
                await storage.WriteStateAsync(StateName, partition, state).ConfigureAwait(false);
                return epoch;
            }
            catch (InconsistentStateException)
            {
                // Another activation has written. A write of unknown outcome, any other exception, ends this activation: the next one takes a further epoch.
            }
        }
    }

    /// <summary>Reads the epoch that is stored now.</summary>
    public async Task<long> ReadAsync(GrainId partition) => (await LoadAsync(partition).ConfigureAwait(false)).State.Epoch;

    private async Task<GrainState<EpochState>> LoadAsync(GrainId partition)
    {
        var state = new GrainState<EpochState>(new EpochState());
        await storage.ReadStateAsync(StateName, partition, state).ConfigureAwait(false);
        state.State ??= new EpochState();
        return state;
    }
}

/// <summary>What is stored of a partition.</summary>
[GenerateSerializer]
[Alias("SocketIO.EpochState")]
internal sealed class EpochState
{
    /// <summary>The highest epoch that was ever taken.</summary>
    [Id(0)]
    public long Epoch { get; set; }
}
