using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace SocketIO.Testing;

/// <summary>A polling session as clients 1.0 to 2.5 have it, request by request; it shares no code with the server.</summary>
public sealed class OldPolling : IDisposable
{
    private readonly HttpClient _http = new(new HttpClientHandler { UseCookies = false });

    private OldPolling()
    {
    }

    /// <summary>The query, without the session's id.</summary>
    public required string Query { get; init; }

    public string Id { get; private set; } = "";

    /// <summary>The first answer.</summary>
    public HttpResponseMessage Opened { get; private set; } = null!;

    /// <summary>The packets of the first answer.</summary>
    public string[] Greeting { get; private set; } = [];

    public JsonElement Handshake => JsonElement.Parse(Greeting[0][1..]);

    /// <summary>Where the next requests go: to the node of the first one, or to one that a balancer chose.</summary>
    public Node Node { get; set; } = null!;

    private Uri Url => new(Node.Address, $"/socket.io/?{Query}&sid={Id}");

    public static async Task<OldPolling> OpenAsync(Node node, string query = "EIO=3&transport=polling&b64=1")
    {
        var client = new OldPolling { Query = query, Node = node };
        client.Opened = await Patience.Within(client._http.GetAsync(new Uri(node.Address, "/socket.io/?" + query)));
        client.Greeting = Split(await client.Opened.Content.ReadAsStringAsync());
        client.Id = client.Handshake.GetProperty("sid").GetString()!;
        return client;
    }

    /// <summary>The packets of a payload in text form.</summary>
    public static string[] Split(string payload)
    {
        var packets = new List<string>();
        while (payload.Length > 0)
        {
            var colon = payload.IndexOf(':', StringComparison.Ordinal);
            var length = int.Parse(payload.AsSpan(0, colon), CultureInfo.InvariantCulture);
            packets.Add(payload.Substring(colon + 1, length));
            payload = payload[(colon + 1 + length)..];
        }

        return [.. packets];
    }

    /// <summary>A payload in text form.</summary>
    public static string Join(params string[] packets) =>
        string.Concat(packets.Select(static packet => string.Create(CultureInfo.InvariantCulture, $"{packet.Length}:{packet}")));

    public Task<HttpResponseMessage> GetAsync() => Patience.Within(_http.GetAsync(Url));

    /// <summary>Polls once.</summary>
    public async Task<string[]> PollAsync()
    {
        using var answer = await GetAsync();
        answer.EnsureSuccessStatusCode();
        return Split(await answer.Content.ReadAsStringAsync());
    }

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

    public Task<HttpResponseMessage> PostAsync(string payload) => PostAsync(Encoding.UTF8.GetBytes(payload), "text/plain;charset=UTF-8");

    public async Task<HttpResponseMessage> PostAsync(byte[] payload, string contentType)
    {
        using var content = new ByteArrayContent(payload);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return await Patience.Within(_http.PostAsync(Url, content));
    }

    /// <summary>Sends packets that the server takes.</summary>
    public async Task SendAsync(params string[] packets)
    {
        using var answer = await PostAsync(Join(packets));
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method)
    {
        var request = new HttpRequestMessage(method, Url);
        return Patience.Within(_http.SendAsync(request));
    }

    public void Dispose()
    {
        Opened?.Dispose();
        _http.Dispose();
    }
}
