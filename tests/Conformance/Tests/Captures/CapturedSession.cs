// The order of packets is compared within a namespace: between namespaces no server of any time promised one, and signs of life come between anything.
using System.Text.RegularExpressions;

namespace SocketIO.Conformance.Tests;

/// <summary>Whose packets a session has.</summary>
internal enum CapturedDialect
{
    /// <summary>Clients 0.1 to 0.6, and the 0.7 in development.</summary>
    Founders,

    /// <summary>Clients 0.7 to 0.9.</summary>
    ProtocolOne,

    /// <summary>Clients 1.0 to 2.5.</summary>
    EngineIO,
}

/// <summary>A session of a recording: what its server sent in it, and what the live server sends in its place.</summary>
internal sealed partial class CapturedSession(CapturedDialect dialect)
{
    private const string Placeholder = "<sid>";

    private readonly List<string> _expected = [];
    private readonly List<string> _actual = [];

    /// <summary>The recorded id; null until it has been announced.</summary>
    public string? RecordedId { get; set; }

    /// <summary>The id that the live server has given in its place.</summary>
    public string? LiveId { get; set; }

    /// <summary>The live poll that waits for an answer.</summary>
    public LiveExchange? Poll { get; set; }

    /// <summary>The live answers that do not end with what they bring: WebSockets, multipart answers, pages.</summary>
    public List<LiveExchange> Streams { get; } = [];

    public CapturedDialect Dialect => dialect;

    public int ExpectedCount => _expected.Count;

    public int ActualCount => _actual.Count;

    /// <summary>Finds the dialect by the target of a request.</summary>
    public static CapturedDialect DialectOf(string target) =>
        target.Contains("transport=", StringComparison.Ordinal) ? CapturedDialect.EngineIO
        : target.StartsWith("/socket.io/1/", StringComparison.Ordinal) ? CapturedDialect.ProtocolOne
        : CapturedDialect.Founders;

    /// <summary>The id that a packet announces, if it does.</summary>
    public string? FindId(string packet) => dialect == CapturedDialect.ProtocolOne ? null : Find(dialect == CapturedDialect.EngineIO ? OpenPacket() : Greeting(), packet);

    /// <summary>The id in the line of a handshake, if it is one.</summary>
    public static string? FindHandshakeId(string body) => Find(HandshakeLine(), body);

    /// <summary>Notes what is expected next.</summary>
    public void Expect(string packet)
    {
        if (!IsNoop(packet))
        {
            _expected.Add(packet);
        }
    }

    /// <summary>Notes a live packet.</summary>
    public void Receive(string packet)
    {
        LiveId ??= _actual.Count == 0 ? FindId(packet) : null;
        if (IsNoop(packet))
        {
            return;
        }

        // Both cases of hexadecimal digits are the same JSON.
        _actual.Add(Escape().Replace(ForgetLive(packet), static match => match.Value.ToLowerInvariant()));
    }

    /// <summary>Takes the id out of a recorded text.</summary>
    public string ForgetRecorded(string text) => RecordedId is null ? text : text.Replace(RecordedId, Placeholder, StringComparison.Ordinal);

    /// <summary>Takes the id out of a live text.</summary>
    public string ForgetLive(string text) => LiveId is null ? text : text.Replace(LiveId, Placeholder, StringComparison.Ordinal);

    /// <summary>What does not agree; null where everything does.</summary>
    /// <param name="isAbandoned">Whether the recorded client did not come for all that there was; the live server may have given it with what came before.</param>
    public string? Compare(bool isAbandoned)
    {
        var expected = Lanes(_expected);
        var actual = Lanes(_actual);
        var differences = expected.Keys.Union(actual.Keys)
            .Select(lane => (Lane: lane, Expected: expected.GetValueOrDefault(lane, []), Actual: actual.GetValueOrDefault(lane, [])))
            .Where(pair => !pair.Expected.SequenceEqual(isAbandoned ? pair.Actual.Take(pair.Expected.Count) : pair.Actual))
            .Select(static pair => $"{pair.Lane}\n  expected {string.Join("\n           ", pair.Expected)}\n  actual   {string.Join("\n           ", pair.Actual)}")
            .ToList();
        return differences.Count == 0 ? null : $"session {RecordedId ?? "without an id"}: {string.Join('\n', differences)}";
    }

    // Whether a poll is waiting when the transport changes or the client goes, so that it has to be sent home, is a matter of milliseconds.
    private bool IsNoop(string packet) => dialect == CapturedDialect.EngineIO && packet == "6";

    private Dictionary<string, List<string>> Lanes(List<string> packets)
    {
        var lanes = new Dictionary<string, List<string>>();
        var lane = "";
        foreach (var packet in packets)
        {
            lane = Payload.IsBinary(packet) ? lane : LaneOf(packet);
            if (!lanes.TryGetValue(lane, out var list))
            {
                lanes.Add(lane, list = []);
            }

            list.Add(packet);
        }

        return lanes;
    }

    private string LaneOf(string packet)
    {
        var (transport, message) = dialect switch
        {
            CapturedDialect.EngineIO => (EngineTransportPacket(), EngineMessage()),
            CapturedDialect.ProtocolOne => (ProtocolOneTransportPacket(), ProtocolOneMessage()),
            _ => (FoundersTransportPacket(), Anything()),
        };
        return transport.IsMatch(packet) ? "transport" : "namespace " + Find(message, packet);
    }

    private static string? Find(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match ? match.Groups.Values.Skip(1).First(static group => group.Success).Value : null;

    [GeneratedRegex("""^0\{"sid":"([^"]+)""")]
    private static partial Regex OpenPacket();

    [GeneratedRegex("""^(?:\{"sessionid":"([^"]+)"\}|3:([\w-]+)|([\w-]{10,}))$""")]
    private static partial Regex Greeting();

    [GeneratedRegex("""^(?:io\.j\[\d+\]\(")?([^:"(]+):\d*:\d*:""")]
    private static partial Regex HandshakeLine();

    [GeneratedRegex("""^(?:\(|[0123567])""")]
    private static partial Regex EngineTransportPacket();

    [GeneratedRegex("""^4\d(?:\d+-)?(/[^,]*|)""")]
    private static partial Regex EngineMessage();

    [GeneratedRegex("""^(?:\(|[28]::)""")]
    private static partial Regex ProtocolOneTransportPacket();

    [GeneratedRegex("""^\d:\d*\+?:([^:]*)""")]
    private static partial Regex ProtocolOneMessage();

    [GeneratedRegex("""^(?:\(|~h~|2:\d+$|\{"heartbeat")""")]
    private static partial Regex FoundersTransportPacket();

    [GeneratedRegex(@"\\u[0-9A-Fa-f]{4}")]
    private static partial Regex Escape();

    [GeneratedRegex("()")]
    private static partial Regex Anything();
}
