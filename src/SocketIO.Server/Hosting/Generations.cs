// Clients of all years ask at the same address; the first request of each tells of which generation it is.
namespace SocketIO.Server;

/// <summary>The generations of Socket.IO clients, told apart by their wire formats.</summary>
[Flags]
public enum Generations
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Clients 3 and 4: Engine.IO 4, Socket.IO protocol 5.</summary>
    Current = 1,

    /// <summary>Clients 1.0 to 2.5: Engine.IO 2 and 3, Socket.IO protocols 3 and 4.</summary>
    EngineIO3 = 2,

    /// <summary>Clients 0.7 to 0.9: "Socket.IO protocol 1".</summary>
    Version09 = 4,

    /// <summary>Clients 0.5 and 0.6.</summary>
    Version06 = 8,

    /// <summary>Clients 0.1 to 0.2.4.</summary>
    Version02 = 16,

    /// <summary>
    /// Clients of the 0.7 that was in development from November 2010 to January 2011 and never released. They ask for the URLs of <see cref="Version06"/> and
    /// <see cref="Version02"/>, and nothing tells them apart: either these or those.
    /// </summary>
    Development07 = 32,

    /// <summary>Everything that was ever released; all but <see cref="Development07"/>.</summary>
    All = Current | EngineIO3 | Version09 | Version06 | Version02,
}
