using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The polling transport of a client 0.7 to 0.9: by XMLHttpRequest, or by scripts.</summary>
internal sealed class ProtocolOnePolling(EngineConnection connection, PollingForm form, Version09Options options, string name) : LegacyPolling(connection, form)
{
    private readonly EngineConnection _connection = connection;

    public override string Name => name;

    protected override TimeSpan PollDuration => options.PollDuration;

    protected override TimeSpan AbsenceTimeout => ProtocolOneDialect.GetCloseTimeout(options, name);

    /// <summary>What a poll is told whose session is not there.</summary>
    public static TransportResponse AnswerStranger(PollingForm form) =>
        new() { StatusCode = 200, ContentType = form.ContentType, Body = form.FormatAnswer(ProtocolOneDialect.NotHandshaken) };

    // Another poll has been faster, or the session has ended.
    protected override TransportResponse AnswerLate(PollingForm requested) =>
        _connection.ReadyState == ReadyState.Open ? Encode([new EnginePacket(EnginePacketType.Noop)], requested, compress: false) : AnswerStranger(requested);
}
