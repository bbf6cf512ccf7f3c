// A namespace whose application is not the gateway's: the gateways give what their clients do to grains of another service.
using Orleans;
using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace SocketIO.Orleans;

/// <summary>
/// Serves a namespace for gateways that know nothing of the application: they name the grain's type in their configuration
/// (<c>SocketIOClusterOptions.Handlers</c>). Its key is the socket's id or, on request, the namespace's name.
/// </summary>
/// <remarks>
/// The calls for one socket come one after another: connect, then its events in the order in which the client sent them, then disconnect. Calls for
/// different sockets interleave. Nothing is called twice; a call whose silo dies is lost, and its client is told.
/// </remarks>
[Alias("SocketIO.INamespaceHandler")]
[Version(1)]
public interface INamespaceHandler : IGrainWithStringKey
{
    /// <summary>
    /// A client wants to join the namespace, or has come back to its session (<see cref="ClientHandshake.Recovered"/>). Who is accepted is disconnected
    /// at some time; only the death of its gateway goes by unsaid.
    /// </summary>
    /// <param name="handshake">How it came in.</param>
    /// <param name="auth">What it gave as <c>auth</c>.</param>
    /// <returns>Whether it may.</returns>
    [Alias("Connect")]
    [AlwaysInterleave]
    Task<ConnectAnswer> ConnectAsync(ClientHandshake handshake, ClientAuth auth);

    /// <summary>A client has sent an event.</summary>
    /// <param name="received">The event.</param>
    /// <returns>The answer for a client that asked for one; <see langword="null"/>: none.</returns>
    [Alias("Event")]
    [AlwaysInterleave]
    Task<EventAnswer?> OnEventAsync(ClientEvent received);

    /// <summary>A socket that was accepted has ended.</summary>
    /// <param name="disconnect">Which, and why.</param>
    [Alias("Disconnect")]
    [AlwaysInterleave]
    Task OnDisconnectAsync(ClientDisconnect disconnect);
}
