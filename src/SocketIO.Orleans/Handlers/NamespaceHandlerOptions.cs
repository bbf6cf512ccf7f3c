namespace SocketIO.Orleans;

/// <summary>How a namespace is served by grains of another service.</summary>
public sealed class NamespaceHandlerOptions
{
    /// <summary>The type of the grains, as <c>[GrainType("…")]</c> gives it: a class that implements <see cref="INamespaceHandler"/>. The gateways need not have it.</summary>
    public string GrainType { get; set; } = "";

    /// <summary>Which of them serves a socket. Default: each socket has its own.</summary>
    public NamespaceHandlerKey Key { get; set; }

    /// <summary>
    /// The bytes of a client's events that may wait for its handler; while more do, nothing is read from the client, whose own buffers fill up then.
    /// Default 64 KiB.
    /// </summary>
    public int MaxQueuedBytes { get; set; } = 64 * 1024;
}

/// <summary>The key of the grain that serves a socket.</summary>
public enum NamespaceHandlerKey
{
    /// <summary>The socket's id: a grain for each socket.</summary>
    Socket,

    /// <summary>The namespace's name: one grain for all sockets of the namespace.</summary>
    Namespace,
}
