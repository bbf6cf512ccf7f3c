namespace SocketIO.Cluster.Tests;

/// <summary>What the storage under a roster, or its host, can do wrong on purpose, to show that the simulation finds it.</summary>
public enum RosterFault
{
    None,
    StoreIgnoresETags,
    UnknownTakenForDone,
    ConflictTakenForDone,
    ChildOfASplitLost,
    BodyLost,
    MergeIsNotAnnounced,
    ClosedChildLost,
    ClosedChildrenAreRemoved,
}
