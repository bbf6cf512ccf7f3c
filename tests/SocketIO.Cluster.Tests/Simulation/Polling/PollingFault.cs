namespace SocketIO.Cluster.Tests;

/// <summary>A deliberate mistake of the processes that serve polling sessions: the simulation has to find each.</summary>
public enum PollingFault
{
    None,
    RepeatedRequestsAreNew,
    AnswersGoToTheLatestRequest,
    RepeatedAnswersAreHandedOn,
    AbortIsNotTold,
    EdgeDeathIsNotTold,
    OwnerDeathIsNotTold,
    PacketsAreTakenBeforeAPollWaits,
    PacketsAreSentAgain,
    PostIsAnsweredBeforeItIsTaken,
    RestartKeepsItsIncarnation,
    EdgeTimesOutTooEarly,
    OwnerDoesNotPing,
    RequestsGoToAnotherGateway,
    LinkLosesMessages,
    LinkTurnsMessagesRound,
    UpgradeIsNotCompleted,
}
