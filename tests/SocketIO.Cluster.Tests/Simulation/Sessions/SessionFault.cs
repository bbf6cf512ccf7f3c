namespace SocketIO.Cluster.Tests;

/// <summary>A deliberate mistake of the processes around sessions: the simulation has to find each.</summary>
public enum SessionFault
{
    None,
    StoreIgnoresETags,
    UnknownTakenForDone,
    ConflictTakenForDone,
    SaveIsAcknowledgedBeforeItsWrite,
    EndIsAcknowledgedBeforeItsWrite,
    EvictedOwnerGoesOn,
    LateWritesAreTaken,
    RevisionsAreLost,
    AwayIsSavedAsConnected,
    ClocksHaveDifferentOrigins,
    ClaimNumbersRepeat,
    PrincipalIsNotCompared,
    EndedSessionIsForgotten,
    RequestsHaveNoBound,
}
