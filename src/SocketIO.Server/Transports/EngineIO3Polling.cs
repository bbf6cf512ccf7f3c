namespace SocketIO.Server;

/// <summary>The polling transport of a client 1.0 to 2.5, with the answers that its servers gave.</summary>
internal sealed class EngineIO3Polling(EngineConnection connection, PollingForm form) : PollingTransport(connection, form)
{
    private static readonly TransportResponse Preflight = new() { StatusCode = 200 };

    public override TransportResponse Overlap => TransportResponse.ServerError;

    protected override TransportResponse OtherMethod => TransportResponse.MethodNotAllowed;

    protected override bool TakesBinary => true;

    // Who is not understood hears of it from the session's end.
    protected override TransportResponse Malformed => TransportResponse.Ok;

    // Text begins with the digits of a length and the binary form with a mark, so that no client has to name the one that it sends.
    protected override bool IsBinary(TransportRequest request) => request.Body.Span switch
    {
        [0 or 1, ..] => true,
        [>= (byte)'0' and <= (byte)'9', ..] => false,
        _ => base.IsBinary(request),
    };

    // Binary bodies of pages of other origins are announced by one.
    public override Task<TransportResponse> HandleAsync(TransportRequest request) =>
        request.Method == "OPTIONS" ? Task.FromResult(Preflight) : base.HandleAsync(request);
}
