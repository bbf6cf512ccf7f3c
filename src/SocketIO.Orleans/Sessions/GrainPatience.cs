using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace SocketIO.Orleans;

/// <summary>Asks grains that clients wait for: after the death of a silo its grains can't be reached until it is known to be dead, and clients come back at once.</summary>
/// <param name="options">How long to try.</param>
/// <param name="time">The clock.</param>
internal sealed class GrainPatience(IOptions<SocketIOClusterOptions> options, TimeProvider time)
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(250);

    /// <summary>Asks until there is an answer, or <see cref="SocketIOClusterOptions.ReturnTimeout"/> is over; the question may arrive more than once.</summary>
    public async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        for (var start = time.GetTimestamp(); ;)
        {
            try
            {
                return await ask().ConfigureAwait(false);
            }
            catch (Exception e) when (e is OrleansException or TimeoutException && time.GetElapsedTime(start) < options.Value.ReturnTimeout)
            {
                await Task.Delay(PauseAfterFailure, time).ConfigureAwait(false);
            }
        }
    }
}
