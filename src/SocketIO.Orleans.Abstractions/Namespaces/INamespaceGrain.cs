using Orleans;

namespace SocketIO.Orleans;

/// <summary>
/// A namespace as other services see it. Its key: the namespace's name. Use it through <c>grainFactory.SocketIO("/chat")</c>, which has the server's vocabulary.
/// </summary>
[Alias("SocketIO.INamespaceGrain")]
public interface INamespaceGrain : IGrainWithStringKey
{
    /// <summary>Sends an event; completes when it has its place in the order that all its receivers see.</summary>
    /// <param name="audience">To whom.</param>
    /// <param name="message">The event.</param>
    [Alias("Emit")]
    Task EmitAsync(Audience audience, EventMessage message);

    /// <summary>Sends an event that wants answers; completes at once, and the answers go to an observer.</summary>
    /// <param name="audience">To whom.</param>
    /// <param name="message">The event.</param>
    /// <param name="timeout">How long the clients may take.</param>
    /// <param name="observer">Gets the answers.</param>
    [Alias("EmitWithAck")]
    Task EmitWithAckAsync(Audience audience, EventMessage message, TimeSpan timeout, IAnswerObserver observer);

    /// <summary>Describes the sockets of all gateways.</summary>
    /// <param name="audience">Which.</param>
    [Alias("FetchSockets")]
    Task<EventMessage[]> FetchSocketsAsync(Audience audience);

    /// <summary>Puts sockets into rooms.</summary>
    /// <param name="audience">Which.</param>
    /// <param name="rooms">The rooms.</param>
    [Alias("SocketsJoin")]
    Task SocketsJoinAsync(Audience audience, [Immutable] string[] rooms);

    /// <summary>Takes sockets out of rooms.</summary>
    /// <param name="audience">Which.</param>
    /// <param name="rooms">The rooms.</param>
    [Alias("SocketsLeave")]
    Task SocketsLeaveAsync(Audience audience, [Immutable] string[] rooms);

    /// <summary>Disconnects sockets.</summary>
    /// <param name="audience">Which.</param>
    /// <param name="close">Whether their connections are closed as well.</param>
    [Alias("DisconnectSockets")]
    Task DisconnectSocketsAsync(Audience audience, bool close);

    /// <summary>Sends an event to the servers.</summary>
    /// <param name="message">The event.</param>
    [Alias("ServerSideEmit")]
    Task ServerSideEmitAsync(EventMessage message);
}
