namespace SocketIO.Cluster.Tests;

/// <summary>A deliberate mistake of the processes around broadcasts with acknowledgement: the simulation has to find each.</summary>
public enum AckFault
{
    None,
    AnswersAreRenumbered,
    CountIsTooLow,
    CountIsTooHigh,
    GatewayDeathIsNotTold,
    DeadGatewaysAreForgotten,
    LivingGatewayIsToldDead,
    AGatewayIsNotExpected,
    NobodyIsExpected,
    RequestNumbersRepeat,
    RestartKeepsItsIncarnation,
    TimeRunsOnAnotherClock,
    TimeDoesNotPass,
    EarlyAnswersAreDropped,
    RequestsHaveNoBound,
}
