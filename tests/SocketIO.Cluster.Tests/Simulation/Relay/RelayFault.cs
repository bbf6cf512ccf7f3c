namespace SocketIO.Cluster.Tests;

/// <summary>A deliberate mistake in one of the processes: the simulation has to find each.</summary>
public enum RelayFault
{
    None,
    PulledRoomsAreLost,
    PulledTailIsLost,
    RetainedItemsAreLost,
    LossIsNotTold,
    GatewayDeathIsNotTold,
    DeliveriesCountAsAcknowledgedWhenSent,
    PublisherTrimsWhatIsOnlyReceived,
    PublisherDoesNotSendAgain,
    SeenNumbersAreForgottenAtTakeOver,
    ItemsOfABatchAreTurnedRound,
    RestartKeepsItsIncarnation,
    JoinDoesNotWaitForItsEcho,
    LeaveIsNotPublished,
    EpochIsWrittenWithoutACheck,
    EpochIsNotReadAgain,
    RepeatedPublicationsAreRenumbered,
    TailIsCutInSecret,
    ForgottenNumbersAreNotTold,
    DeadPublishersItemsAreDropped,
    GatewayDoesNotFence,
    UnknownEpochWriteIsTakenForDone,
    GoesOnWhenDeclaredDead,
    LogHasNoBound,
    MissedIsAllOfTheLog,
}
