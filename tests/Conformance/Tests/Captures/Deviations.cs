namespace SocketIO.Conformance.Tests;

/// <summary>All that this server does otherwise than the recorded ones; the sections are those of the description of the protocols.</summary>
internal static class Deviations
{
    private const string EngineIOCookie = "io=<sid>; Path=/; HttpOnly; SameSite=Strict";

    public static IReadOnlyList<Deviation> All { get; } =
    [
        new AsciiDeviation("^(C-|X-server251-(?!ascii-nodeclient-(2|1\\.7\\.4-websocket)))", "Text is escaped to ASCII, which is the same for clients that decode UTF-8 once and for those that do it twice (8.2)."),
        new NoOriginDeviation("^[CX]-(?!.*jsonp)(?!.*websocket)", "Without an Origin there is nobody whom a CORS header could tell anything (6.1)."),
        new HeaderDeviation("^C-1.*(polling|upgrade|jsonp)", "transport=polling", "Set-Cookie", EngineIOCookie, "The cookie is as strict as that of 2.5; no client needs it (6.1)."),
        new HeaderDeviation("^C-1\\.7\\.4-(websocket|upgrade)", "transport=websocket", "Sec-WebSocket-Extensions", null, "Compression of WebSocket messages is an option; servers 1.4 to 1.7 had it on."),
        new PacketDeviation("^C-1\\.(?!0\\.2-polling)", "Servers 1.x left the comma out behind a namespace; clients take either (6.6).", "^(4[01]/\\w+)$", "$1,"),
        new PacketDeviation("^C-1\\.0(?!\\.2-polling)", "A namespace that nobody has made is refused; servers 1.0.x made it (6.6).", "^40/nosuch,$", "44/nosuch,\"Invalid namespace\""),
        new PacketDeviation("^C-1\\.0\\.2-websocket", "Clients that count attachments in every acknowledgement are known by their first one (6.6).", "^430-0(.*)$", "430$1"),
        new SequenceDeviation("^C-1\\.0\\.6-polling-node", "Server 1.0.6 on a later Node.js sent zeros for binary data (9).", "^b4:0*$", "b4:0908ff", "b4:010203fe", "b4:78797a"),
        new SkippedRequest("^C-25-edge", "EIO=4", "Client 4 is the current generation here, and not one that an old server takes for its own (7)."),
    ];
}
