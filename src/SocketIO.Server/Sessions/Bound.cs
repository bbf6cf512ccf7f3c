// A bound that clients meet is counted, so that an operator sees which one is too low, or who tries.
namespace SocketIO.Server;

/// <summary>What bounds the cost of a client, each named as the option that sets it.</summary>
internal enum Bound
{
    /// <inheritdoc cref="EngineOptions.MaxConnections"/>
    MaxConnections,

    /// <inheritdoc cref="EngineOptions.MaxHttpBufferSize"/>
    MaxHttpBufferSize,

    /// <inheritdoc cref="EngineOptions.MaxOutboundBytes"/>
    MaxOutboundBytes,

    /// <inheritdoc cref="SocketIOOptions.ConnectTimeout"/>
    ConnectTimeout,

    /// <inheritdoc cref="SocketIOOptions.MaxConcurrentEvents"/>
    MaxConcurrentEvents,

    /// <inheritdoc cref="SocketIOOptions.MaxQueuedEventBytes"/>
    MaxQueuedEventBytes,

    /// <inheritdoc cref="SocketIOOptions.MaxRoomsPerSocket"/>
    MaxRoomsPerSocket,

    /// <inheritdoc cref="SocketIOOptions.MaxNamespacesPerConnection"/>
    MaxNamespacesPerConnection,

    /// <inheritdoc cref="SocketIOOptions.MaxChildNamespaces"/>
    MaxChildNamespaces,

    /// <inheritdoc cref="ConnectionStateRecoveryOptions.MaxPackets"/>
    MaxPackets,

    /// <inheritdoc cref="ConnectionStateRecoveryOptions.MaxBytes"/>
    MaxBytes,

    /// <inheritdoc cref="ConnectionStateRecoveryOptions.MaxSessions"/>
    MaxSessions,

    /// <inheritdoc cref="Version09Options.MaxPendingHandshakes"/>
    MaxPendingHandshakes,

    /// <inheritdoc cref="Version09Options.QueueLength"/>
    QueueLength,
}
