namespace SocketIO.Conformance.Tests;

/// <summary>All that this server does otherwise than the recorded ones; the sections are those of the description of the protocols.</summary>
internal static class Deviations
{
    private const string NoType = "A text says that it is one; these servers left the type out.";
    private const string OfFolder = "Client files are those that a folder holds; other tests ask for them (5.7, 6.8).";
    private const string OfNamespace = "Ids of acknowledgements are counted for all clients of a namespace; to a client they are names.";
    private const string Cured = "Line breaks that a form has made two characters of are mended; the servers of the time lost what came behind them (3.4, 5.5).";

    public static IReadOnlyList<Deviation> All { get; } = [.. OfEngineIO(), .. OfProtocolOne(), .. OfVersion07(), .. OfVersion06(), .. OfDualGreeting()];

    /// <summary>Servers 1.0 to 2.5.</summary>
    private static IEnumerable<Deviation> OfEngineIO() =>
    [
        new AsciiDeviation(
            "^(C-|X-server251-(?!ascii-nodeclient-(2|1\\.7\\.4-websocket)))",
            "Text is escaped to ASCII, which is the same for clients that decode UTF-8 once and for those that do it twice (8.2)."),
        new NoOriginDeviation("^[CX]-(?!.*jsonp)(?!.*websocket)", "Without an Origin there is nobody whom a CORS header could tell anything (6.1)."),
        new CorsDeviation("^C-.*jsonp", "Scripts are not asked for CORS headers; that they are there does not matter (6.5)."),
        new HeaderDeviation("^C-(1.7.4|2.5)-jsonp|^C-25-edge", "GET.*[?&]j=", "Content-Type", "text/javascript; charset=UTF-8", "Servers from 1.3 on sent scripts as plain text, which browsers refuse today (6.5)."),
        new HeaderDeviation("^C-1.*(polling|upgrade|jsonp)", "transport=polling", "Set-Cookie", "io=<sid>; Path=/; HttpOnly; SameSite=Strict", "The cookie is as strict as that of 2.5; no client needs it (6.1)."),
        new HeaderDeviation("^C-1\\.7\\.4-(websocket|upgrade)", "transport=websocket", "Sec-WebSocket-Extensions", null, "Compression of WebSocket messages is an option; servers 1.4 to 1.7 had it on."),
        new PacketDeviation("^C-1\\.(?!0\\.2-polling)", "Servers 1.x left the comma out behind a namespace; clients take either (6.6).", "^(4[01]/\\w+)$", "$1,"),
        new PacketDeviation("^C-1\\.0(?!\\.2-polling)", "A namespace that nobody has made is refused; servers 1.0.x made it (6.6).", "^40/nosuch,$", "44/nosuch,\"Invalid namespace\""),
        new PacketDeviation("^C-1\\.0\\.2-websocket", "Clients that count attachments in every acknowledgement are known by their first one (6.6).", "^430-0(.*)$", "430$1"),
        new SequenceDeviation("^C-1\\.0\\.6-(polling-node|jsonp)", "Server 1.0.6 on a later Node.js sent zeros for binary data (9).", "^b4:0*$", "b4:0908ff", "b4:010203fe", "b4:78797a"),
        new SkippedRequest("^C-25-edge", "EIO=4", "Client 4 is the current generation here, and not one that an old server takes for its own (7)."),
        new SkippedRequest("^C-25-edge", "client file", OfFolder),
        new SkippedRequest("^C-25-edge", "DELETE", "Whether the server has noticed by then that the client's poll was broken off is a matter of milliseconds."),
        new AnswerDeviation("^C-25-edge", "OPTIONS", PreflightOfContentType, "Preflights are answered by the host's own CORS (6.1)."),
        new SequenceDeviation("^C-25-edge", "One client fewer has been asked before (7).", "^42[567]\\[\"ask\"", "424[\"ask\",\"q\"]", "425[\"ask\",\"q\"]", "426[\"ask\",\"q\"]"),
    ];

    private static void Preflight(ExpectedAnswer answer)
    {
        answer.StatusLine = "HTTP/1.1 204";
        answer.Body = "";
        answer.Headers.Remove("Content-Type");
        answer.Headers.Remove("Set-Cookie");
        answer.Headers["Access-Control-Allow-Methods"] = "GET,HEAD,PUT,PATCH,POST,DELETE";
    }

    private static void PreflightOfContentType(ExpectedAnswer answer)
    {
        Preflight(answer);
        answer.Headers["Access-Control-Allow-Headers"] = "content-type";
    }

    private static void RefuseText(ExpectedAnswer answer, int status, string text)
    {
        answer.StatusLine = $"HTTP/1.1 {status}";
        answer.Headers["Content-Type"] = "text/plain";
        answer.Body = text;
    }

    private static void Refuse(ExpectedAnswer answer, int code, string message)
    {
        answer.StatusLine = "HTTP/1.1 400";
        answer.Headers["Content-Type"] = "application/json";
        answer.Body = $"{{\"code\":{code},\"message\":\"{message}\"}}";
    }

    /// <summary>Servers 0.8 and 0.9.</summary>
    private static IEnumerable<Deviation> OfProtocolOne() =>
    [
        new LineBreakDeviation("^B-(09-(?!edge)|07-websocket-browser)", "Text with a line break is sent as JSON, as clients up to 0.8.2 lose it otherwise (9)."),
        new PacketDeviation("^B-", "An answer is waited for with its data; the recorded application asked for none (5.3).", "^5:2::", "5:2+::"),
        new PacketDeviation("^B-(09-.*|07-xhr-polling-)node", "The reason that a namespace gives is lost on the wire; it is unauthorized here, and not undefined (5.3).", "^7::/err:(undefined|-1)$", "7::/err:2"),
        new PacketDeviation("^B-(09-(websocket|flashsocket)|07-websocket-browser)", "A WebSocket ends with a close frame, as RFC 6455 has it.", "^0::$", "0::", "(close )"),
        new HeaderDeviation("^B-09-edge", "GET /socket.io[^1]* HTTP|POST /socket.io/1/ HTTP|^connection wrong protocol number", "Content-Type", "text/plain", NoType),
        new SkippedRequest("^B-09-edge", "client file|custom bundle|flash file", OfFolder),
        new SkippedRequest("^B-09-edge", "unknown transport", "A request without an answer is answered with 400, as PocketIO does (5.8)."),
        new SkippedRequest("^B-09-edge", "flash policy inline", "Today's Node.js refuses Flash's question before the recorded server sees it; here it is answered (1.2)."),
        new AnswerDeviation("^B-09-edge", "OPTIONS", Preflight, "A preflight makes no session, as that of server 0.9 did (5.5)."),
        new AnswerDeviation("^B-09-edge", "Gen A style", static answer => RefuseText(answer, 400, ""), "Who asks for another generation is told so, and not welcomed (7)."),
        new SequenceDeviation("^B-09-edge", OfNamespace, "^5:1\\+:", "5:1+::{\"name\":\"askdata\",\"args\":[\"q\"]}", "5:4+::{\"name\":\"askdata\",\"args\":[\"q\"]}", "5:7+::{\"name\":\"askdata\",\"args\":[\"q\"]}"),
        new SequenceDeviation("^B-09-edge", OfNamespace, "^5:2\\+:", "5:2+::{\"name\":\"asksimple\"}", "5:5+::{\"name\":\"asksimple\"}", "5:8+::{\"name\":\"asksimple\"}"),
        new SequenceDeviation("^B-09-edge", OfNamespace, "^3:3:", "3:3::ack me", "3:6::ack me", "3:9::ack me"),
        new AnswerDeviation("^B-09-edge", "Engine.IO style", static answer => Refuse(answer, 5, "Unsupported protocol version"), "Who asks for another generation is told so, and not welcomed (7)."),
        .. new[] { "^1::$", "^3:::hello", "^4:::\\{\"a\"", "news", "vol", "askdata", "asksimple", "ack me" }.Select(static pattern =>
            new OnceDeviation("^B-07-websocket-browser-server09", "A second connect to the main namespace is no new connection; server 0.9 took it for one (5.3, 9).", pattern)),
    ];

    /// <summary>Server 0.7.</summary>
    private static IEnumerable<Deviation> OfVersion07() =>
    [
        new HeaderDeviation("^B-070?-(?!websocket-browser)", "GET /socket.io/1/\\?", "Content-Type", "text/plain", NoType),
        new HeaderDeviation("^B-070?-(?!websocket)", "POST", "Content-Type", "text/plain; charset=UTF-8", NoType),
        new HeaderDeviation("^B-070?-(?!websocket).*browser", "POST", "X-XSS-Protection", "0", "As the servers from 0.9.17 on have it (5.5)."),
        new CorsDeviation("^B-070?-.*browser(?!-server09)", "The origin is named, as browsers want it with credentials; servers before 0.9 said * (5.1)."),
        new HeaderDeviation("^B-070?-html", "GET .*htmlfile", "Content-Type", "text/html; charset=UTF-8", "The page names its encoding, as with 0.9 (5.5)."),
        new AnswerDeviation("^B-070?-html", "GET .*htmlfile", static answer => answer.Body += ", / escaped", "A slash is escaped, as with 0.9.17 (5.5)."),
        new PacketDeviation("^B-070?-(?!websocket|jsonp).*browser", "Server 0.7 lost a text with a line break (9).", "^3:::echo with ack$", "$0", "4:::\"echo line1\\nline2 \\\"q\\\" \\\\n &=%+/\""),
        new PacketDeviation("^B-07-xhr-polling-node", "Server 0.7 lost a text with a line break (9).", "^3:::echo with ack$", "$0", "4:::\"echo line1\\nline2 \\\"q\\\" \\\\n &=%+:\ufffd:\""),
        new PacketDeviation(
            "^B-07-jsonp",
            Cured,
            "^3:::echo with ack$",
            "$0", "4:::\"echo line1\\nline2 \\\"q\\\" \\\\n &=%+/\"", "1::/chat", "3::/chat:welcome to chat", "5::/chat:{\"name\":\"nsev\",\"args\":[{\"n\":1}]}", "7::/secret:2"),
        new PacketDeviation(
            "^B-07-websocket-node",
            "A U+FFFD within a frame of hixie-76 does not end it; server 0.7 lost what came behind it (1.1).",
            "^3:::echo with ack$",
            "$0", "4:::\"echo line1\\nline2 \\\"q\\\" \\\\n &=%+:\ufffd:\"", "3:::echo ", "1::/chat", "3::/chat:welcome to chat", "5::/chat:{\"name\":\"nsev\",\"args\":[{\"n\":1}]}", "7::/secret:2", "7::/err:2"),
    ];

    /// <summary>Servers before 0.7, and the 0.7 in development.</summary>
    private static IEnumerable<Deviation> OfVersion06() =>
    [
        new CorsDeviation("^(A|D|0|poly)-(?!.*websocket)(?!04-xhr-multipart)", "The origin is named, as browsers want it with credentials, and on each answer alike; the servers of the time said *, or nothing (3.4)."),
        new HeaderDeviation("^(0|poly)-.*xhr-polling", "GET .*xhr-polling", "Content-Type", "text/plain; charset=UTF-8", "The encoding of the text is named, as servers 0.6 did (3.4)."),
        new HeaderDeviation("^0-(?!.*websocket)", "POST", "Content-Type", "text/plain", NoType),
        new PacketDeviation("^D-", "The annotations of a message are the realm and the mark of JSON; an application has no others to give (4).", "^1:foo:bar\n"),
        new PacketDeviation("^D-07dev-jsonp", Cured, "^1::plain é☃😀$", "$0", "1:j\n:{\"b\":[2,\"é\"]}", "1::line1\nline2 \"q\" \\n &=%+"),
        new PacketDeviation("^D-07dev-websocket", "The server in development lost all messages but the first of a piece (1.1).", "^1::queued before connect$", "$0", "1::plain é☃😀", "1:j\n:{\"b\":[2,\"é\"]}", "1::two", "1::"),
        new PacketDeviation("^A-06-jsonp", Cured, "^line1\r\nline2 \"q\" \\\\n &=%$", "line1\nline2 \"q\" \\n &=%+"),
        new AnswerDeviation("^A-06-edge", "GET /socket.io/:", static answer => Refuse(answer, 0, "Transport unknown"), "The path is this server's; server 0.6 left it to the application (7)."),
        new SkippedRequest("^A-06-edge", "client file|swf", OfFolder),
        new SkippedRequest("^A-06-edge", "POST to unknown session", "A request without an answer is answered with 400, which has the same effect on clients (3.3)."),
        new SkippedRequest("^A-06-edge", "without trailing slash", "That is a client of generation 0 here (7)."),
        new AnswerDeviation("^A-06-edge", "0.9 style", static answer => RefuseText(answer, 500, "Protocol version not supported."), "Who asks for another generation is told so (7)."),
        new AnswerDeviation("^A-06-edge", "server-events", static answer => RefuseText(answer, 400, "Unsupported protocol version"), "That is a client of generation 0 here (7)."),
        new HeaderDeviation("^A-06-edge", "OPTIONS", "Content-Type", "text/plain", NoType),
        new AnswerDeviation("^A-06-edge", "Engine.IO style", static answer => Refuse(answer, 5, "Unsupported protocol version"), "Who asks for another generation is told so (7)."),
        new AnswerDeviation(
            "^0-04-websocket",
            "websocket",
            static answer =>
            {
                answer.StatusLine = "HTTP/1.1 101 WebSocket Protocol Handshake";
                answer.Headers.Remove("WebSocket-Location");
                answer.Headers.Remove("WebSocket-Origin");
            },
            "The answer of hixie-76 is that of its draft; server 0.4 mixed it with hixie-75 (1.1)."),
    ];

    /// <summary>The server with the greetings of generations 0 and A.</summary>
    private static IEnumerable<Deviation> OfDualGreeting()
    {
        const string Early = "A heartbeat right behind the greetings has a client of generation A show itself at once (8.1).";
        const string Cookie = "The cookie that tells generation 0 from A has another name, and is set where it can be of use (8.1).";
        return
        [
            new PacketDeviation("^poly-.*(websocket|htmlfile)", Early, "^<sid>$", "$0", "{\"heartbeat\":\"1\"}", "~h~1"),
            new PacketDeviation("^poly-client(?!0\\.1).*multipart", Early, "^<sid>$", "$0", "(heartbeat)", "~h~1"),
            new PacketDeviation("^poly-client0\\.1-xhr-multipart", "Nobody but clients 0.1 leaves out the slash: one greeting is enough (7).", "^<sid>$"),
            new HeaderDeviation("^poly-client0\\.[56].*xhr-polling", "xhr-polling//", "Set-Cookie", "socket.io-greeting=<sid>; path=/socket.io; samesite=lax; httponly", Cookie),
            new HeaderDeviation("^poly-client0\\.2\\.4-xhr-polling", "xhr-polling//1795168487694", "Set-Cookie", "socket.io-greeting=<sid>; path=/socket.io; samesite=lax; httponly", Cookie),
            new HeaderDeviation("^poly-client0\\.2\\.4-xhr-polling", "xhr-polling//1795168487728", "Set-Cookie", null, Cookie),
            new HeaderDeviation("^poly-client0\\.1-xhr-polling", "xhr-polling HTTP", "Set-Cookie", null, Cookie),
        ];
    }
}
