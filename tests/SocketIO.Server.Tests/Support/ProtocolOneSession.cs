using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SocketIO.Server.Tests;

/// <summary>A session of a client 0.7 to 0.9, request by request; it shares no code with the server.</summary>
internal sealed class ProtocolOneSession
{
    private const char Mark = '\ufffd';

    private readonly LegacyNode _node;
    private readonly string _query;
    private int _requests;

    private ProtocolOneSession(LegacyNode node, string id, string query)
    {
        _node = node;
        Id = id;
        _query = query;
    }

    public string Id { get; }

    /// <summary>What polls and POSTs name in their URLs.</summary>
    public string Transport { get; init; } = "xhr-polling";

    /// <summary>Where requests of the session go: its transport, its id, its query, and a time.</summary>
    public string Url => UrlOf(Transport);

    /// <summary>Asks for an id, and opens no transport.</summary>
    public static async Task<ProtocolOneSession> ShakeHandsAsync(LegacyNode node, string query = "", string transport = "xhr-polling")
    {
        var answer = await node.GetAsync($"/socket.io/1/?{query}{(query.Length > 0 ? "&" : "")}t=1300000000000");
        Assert.Equal("text/plain", answer.ContentType);
        return new ProtocolOneSession(node, answer.Body.Split(':')[0], query) { Transport = transport };
    }

    /// <summary>The same, and opens its transport by a first poll.</summary>
    public static async Task<ProtocolOneSession> ConnectAsync(LegacyNode node, string query = "", string transport = "xhr-polling")
    {
        var session = await ShakeHandsAsync(node, query, transport);
        Assert.Equal(["1::"], await session.PollAsync());
        return session;
    }

    public string UrlOf(string transport) =>
        string.Create(CultureInfo.InvariantCulture, $"/socket.io/1/{transport}/{Id}?{_query}{(_query.Length > 0 ? "&" : "")}t={1300000000001 + _requests++}&i=3");

    /// <summary>Polls once.</summary>
    public async Task<string[]> PollAsync() => Split(Unwrap((await _node.GetAsync(Url)).Body));

    /// <summary>Polls until a packet comes, and gives all up to it.</summary>
    public async Task<List<string>> PollForAsync(string packet)
    {
        var packets = new List<string>();
        while (!packets.Contains(packet))
        {
            packets.AddRange(await PollAsync());
        }

        return packets;
    }

    /// <summary>Posts packets as one payload, and gives the answer.</summary>
    public Task<LegacyAnswer> PostAsync(params string[] packets) => PostAsync(Join(packets));

    public Task<LegacyAnswer> PostAsync(string payload)
    {
        HttpContent body = Transport == "jsonp-polling"
            ? new FormUrlEncodedContent([new("d", JsonSerializer.Serialize(payload))])
            : new StringContent(payload, Encoding.UTF8, "text/plain");
        return _node.AskAsync(HttpMethod.Post, Url, body);
    }

    /// <summary>Posts packets that the server takes.</summary>
    public async Task SendAsync(params string[] packets) => Assert.Equal("1", (await PostAsync(Join(packets))).Body);

    /// <summary>Waits until a poll of the session is here.</summary>
    public Task UntilPolledAsync() => _node.UntilPolledAsync(Id);

    public Task<LegacyWebSocket> OpenWebSocketAsync(string transport = "websocket") => _node.OpenWebSocketAsync($"/socket.io/1/{transport}/{Id}");

    /// <summary>The packets of a payload.</summary>
    public static string[] Split(string payload)
    {
        if (payload.Length == 0 || payload[0] != Mark)
        {
            return [payload];
        }

        var packets = new List<string>();
        while (payload.Length > 0)
        {
            var end = payload.IndexOf(Mark, 1);
            var length = int.Parse(payload.AsSpan(1, end - 1), CultureInfo.InvariantCulture);
            packets.Add(payload.Substring(end + 1, length));
            payload = payload[(end + 1 + length)..];
        }

        return [.. packets];
    }

    /// <summary>A payload of packets.</summary>
    public static string Join(params string[] packets) => packets.Length == 1
        ? packets[0]
        : string.Concat(packets.Select(static packet => string.Create(CultureInfo.InvariantCulture, $"{Mark}{packet.Length}{Mark}{packet}")));

    private string Unwrap(string body)
    {
        if (Transport != "jsonp-polling")
        {
            return body;
        }

        Assert.StartsWith("io.j[3](\"", body, StringComparison.Ordinal);
        Assert.EndsWith("\");", body, StringComparison.Ordinal);
        return JsonSerializer.Deserialize<string>(body[8..^2])!;
    }
}
