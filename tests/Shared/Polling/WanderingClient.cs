using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace SocketIO.Testing;

/// <summary>A polling client by hand whose every request goes to the next node, as behind a balancer without affinity.</summary>
public sealed class WanderingClient : IDisposable
{
    private readonly IReadOnlyList<Node> _nodes;
    private readonly HttpClient _http = new();
    private readonly Queue<string> _packets = new();
    private readonly string? _jsonp;
    private int _next;

    private WanderingClient(IReadOnlyList<Node> nodes, string? jsonp) => (_nodes, _jsonp) = (nodes, jsonp);

    public string Sid { get; private set; } = "";

    /// <summary>The socket's id in the main namespace.</summary>
    public string SocketId { get; private set; } = "";

    /// <summary>What it comes back with, where recovery is on.</summary>
    public string? PrivateId { get; private set; }

    /// <summary>Begins a session at the first node, and joins the main namespace by way of the others.</summary>
    public static async Task<WanderingClient> JoinAsync(IReadOnlyList<Node> nodes, string? jsonp = null)
    {
        var client = new WanderingClient(nodes, jsonp);
        await client.PollAsync();
        client.Sid = JsonElement.Parse(client._packets.Dequeue()[1..]).GetProperty("sid").GetString()!;
        await client.PostAsync("40");
        var connect = await client.NextAsync();
        Assert.StartsWith("40{", connect, StringComparison.Ordinal);
        var answer = JsonElement.Parse(connect[2..]);
        client.SocketId = answer.GetProperty("sid").GetString()!;
        client.PrivateId = answer.TryGetProperty("pid", out var pid) ? pid.GetString() : null;
        return client;
    }

    /// <summary>The next packet; polls, each time at another node or always at a given one, until there is one.</summary>
    public async Task<string> NextAsync(Node? node = null)
    {
        while (_packets.Count == 0)
        {
            await PollAsync(node);
        }

        return _packets.Dequeue();
    }

    /// <summary>The packets that have arrived and that nobody has asked for.</summary>
    public IEnumerable<string> TakeAll()
    {
        while (_packets.TryDequeue(out var packet))
        {
            yield return packet;
        }
    }

    /// <summary>Sends packets and expects that they are taken.</summary>
    public async Task PostAsync(params string[] packets)
    {
        using var response = await SendAsync(string.Join('\x1e', packets));
        Assert.Equal((200, "ok"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    public Task<HttpResponseMessage> SendAsync(string body, string contentType = "text/plain;charset=UTF-8")
    {
        HttpContent content = new StringContent(_jsonp is null ? body : "d=" + Uri.EscapeDataString(body.Replace("\n", "\\n", StringComparison.Ordinal)), Encoding.UTF8);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(_jsonp is null ? contentType : "application/x-www-form-urlencoded");
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, Address()) { Content = content });
    }

    /// <summary>One poll, at the next node or a given one.</summary>
    public Task<HttpResponseMessage> GetAsync(Node? node = null, CancellationToken cancellationToken = default) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, Address(node)), cancellationToken);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken = default) =>
        Patience.Within(_http.SendAsync(request, cancellationToken));

    /// <summary>Where the next request goes.</summary>
    public Uri Address(Node? node = null, string? sid = null, string transport = "polling")
    {
        var address = (node ?? _nodes[_next++ % _nodes.Count]).Address;
        var session = sid ?? Sid;
        return new Uri(address, $"/socket.io/?EIO=4&transport={transport}{(session.Length == 0 ? "" : "&sid=" + session)}{(_jsonp is null ? "" : "&j=" + _jsonp)}");
    }

    /// <summary>Expects that no node knows the session.</summary>
    public async Task ExpectUnknownAsync(IEnumerable<Node> nodes, string? sid = null)
    {
        foreach (var node in nodes)
        {
            await ExpectUnknownAsync(await SendAsync(new HttpRequestMessage(HttpMethod.Get, Address(node, sid))));
        }
    }

    public static async Task ExpectUnknownAsync(HttpResponseMessage response)
    {
        using (response)
        {
            Assert.Equal((400, """{"code":1,"message":"Session ID unknown"}"""), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task PollAsync(Node? node = null)
    {
        using var response = await GetAsync(node);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode}: {body}"));
        if (_jsonp is not null)
        {
            Assert.StartsWith($"___eio[{_jsonp}](", body, StringComparison.Ordinal);
            body = JsonElement.Parse(body[(body.IndexOf('(', StringComparison.Ordinal) + 1)..^2]).GetString()!;
        }

        foreach (var packet in body.Split('\x1e'))
        {
            if (packet == "2")
            {
                await PostAsync("3");
            }
            else if (packet != "6")
            {
                _packets.Enqueue(packet);
            }
        }
    }
}
