using Orleans;
using Orleans.Concurrency;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>A namespace as other services see it: on whatever gateway their call arrives, it is published there.</summary>
/// <param name="emitter">Publishes.</param>
[GrainType("socketio.namespace.outside")]
[StatelessWorker(1)]
[Reentrant]
internal sealed class OutsideNamespaceGrain(OutsideEmitter emitter) : Grain, INamespaceGrain
{
    private string Name => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public Task EmitAsync(Audience audience, EventMessage message) => emitter.EmitAsync(Name, audience, message);

    /// <inheritdoc/>
    public Task EmitWithAckAsync(Audience audience, EventMessage message, TimeSpan timeout, IAnswerObserver observer)
    {
        // Nothing of Orleans waits for clients.
        _ = emitter.EmitWithAckAsync(Name, audience, message, timeout, observer);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<EventMessage[]> FetchSocketsAsync(Audience audience) => emitter.FetchSocketsAsync(Name, audience);

    /// <inheritdoc/>
    public Task SocketsJoinAsync(Audience audience, string[] rooms) => emitter.ChangeRoomsAsync(Name, RelayItemKind.AddSockets, audience, rooms);

    /// <inheritdoc/>
    public Task SocketsLeaveAsync(Audience audience, string[] rooms) => emitter.ChangeRoomsAsync(Name, RelayItemKind.DeleteSockets, audience, rooms);

    /// <inheritdoc/>
    public Task DisconnectSocketsAsync(Audience audience, bool close) => emitter.DisconnectSocketsAsync(Name, audience, close);

    /// <inheritdoc/>
    public Task ServerSideEmitAsync(EventMessage message) => emitter.ServerSideEmitAsync(Name, message);
}
