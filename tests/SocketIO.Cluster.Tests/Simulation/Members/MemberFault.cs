namespace SocketIO.Cluster.Tests;

/// <summary>What the simulated host can do wrong on purpose, to show that the simulation finds it.</summary>
public enum MemberFault
{
    None,
    StoreIgnoresETags,
    UnknownTakenForDone,
    ConflictTakenForDone,
    MemberAcknowledgedBeforeItsWrite,
    MemberAcknowledgedBeforeTheRoster,
    ChildOfASplitLost,
    BodyLost,
    BodyRemovedBeforeTheHead,
    StartForgotten,
    AuditAnswersAlwaysYes,
    AuditAnswersAlwaysNo,
    VersionsOfChangesLost,
    ConfirmedWithoutTelling,
    LeaveTurnedIntoNothing,
}
