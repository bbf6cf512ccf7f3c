namespace SocketIO.Server;

/// <summary>The polling transport of a client 0.7 to 0.9: by XMLHttpRequest, or by scripts.</summary>
internal sealed class ProtocolOnePolling(EngineConnection connection, PollingForm form, Version09Options options, string name) : LegacyPolling(connection, form)
{
    public override string Name => name;

    protected override TimeSpan PollDuration => options.PollDuration;

    protected override TimeSpan AbsenceTimeout => ProtocolOneDialect.GetCloseTimeout(options, name);
}
