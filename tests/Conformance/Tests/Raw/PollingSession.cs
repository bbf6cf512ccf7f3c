using System.Text;
using System.Text.Json;

namespace SocketIO.Conformance.Tests;

/// <summary>A client that speaks Engine.IO's HTTP long-polling by hand.</summary>
internal sealed class PollingSession
{
    public const char Separator = '\x1e';

    private readonly HttpClient _http;

    private PollingSession(HttpClient http, string path, JsonElement handshake)
    {
        _http = http;
        Path = path;
        Handshake = handshake;
        Sid = handshake.GetProperty("sid").GetString()!;
    }

    /// <summary>The server's open packet.</summary>
    public JsonElement Handshake { get; }

    public string Sid { get; }

    public string Path { get; }

    public string Url => $"{Path}?EIO=4&transport=polling&sid={Sid}";

    public string WebSocketUrl => $"{Path}?EIO=4&transport=websocket&sid={Sid}";

    public static async Task<PollingSession> OpenAsync(TestServerHost host, string path = "/engine.io/", string query = "")
    {
        var body = await host.Http.GetStringAsync($"{path}?EIO=4&transport=polling{query}");
        Assert.Equal('0', body[0]);
        return new PollingSession(host.Http, path, JsonElement.Parse(body[1..]));
    }

    /// <summary>Opens a session and joins the main namespace.</summary>
    public static async Task<PollingSession> JoinAsync(TestServerHost host)
    {
        var session = await OpenAsync(host, "/socket.io/");
        await session.PostAsync("40");
        Assert.StartsWith("40{", await session.PollAsync(), StringComparison.Ordinal);
        return session;
    }

    /// <summary>One poll's packets, as they came.</summary>
    public async Task<string> PollAsync()
    {
        using var response = await GetAsync();
        Assert.Equal(200, (int)response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    public Task<HttpResponseMessage> GetAsync() => _http.GetAsync(Url).Soon();

    /// <summary>Sends packets and expects <c>ok</c>.</summary>
    public async Task PostAsync(params string[] packets)
    {
        using var response = await SendAsync(string.Join(Separator, packets));
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
    }

    public Task<HttpResponseMessage> SendAsync(string body, string contentType = "text/plain;charset=UTF-8")
    {
        var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(contentType);
        return _http.PostAsync(Url, content).Soon();
    }

    /// <summary>Expects that the server does not know the session any more.</summary>
    public async Task ExpectGoneAsync()
    {
        using var response = await GetAsync();
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", await response.Content.ReadAsStringAsync());
    }
}
