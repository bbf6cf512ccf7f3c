namespace SocketIO.Cluster.Tests;

/// <summary>The cluster's promises, by their numbers. See PROMISES.md.</summary>
public enum Promise
{
    NoStickySessions = 1,
    Once = 2,
    Order = 3,
    DurableBeforeAcknowledged = 4,
    NoGhosts = 5,
    RecoveryAnywhere = 6,
    AcksAreGrainCallbacks = 7,
    Bounded = 8,
}
