// A small Socket.IO client: one namespace over one WebSocket. It knows what the examples need, and no more.
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Documentation.Tests;

/// <summary>An event, or an answer, as the client received it.</summary>
internal sealed record Received(string Name, JsonElement[] Args, IReadOnlyList<byte[]> Attachments, long? Id)
{
    public T? Get<T>(int index = 0) => Args[index].Deserialize<T>(JsonSerializerOptions.Web);
}

/// <summary>The server has refused the client.</summary>
internal sealed class ConnectErrorException(string message, JsonElement? data) : Exception(message)
{
    public JsonElement? Details { get; } = data;
}

internal sealed class TestClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly string _prefix;
    private readonly TaskCompletionSource<JsonElement> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<Received> _events = Channel.CreateUnbounded<Received>();
    private readonly Dictionary<long, TaskCompletionSource<Received>> _acks = [];
    private readonly Dictionary<string, Func<Received, object?>> _answers = [];
    private Task _receiving = Task.CompletedTask;
    private long _ackIds;

    private TestClient(string ns) => _prefix = ns == "/" ? "" : ns + ",";

    public string Id { get; private set; } = "";

    /// <summary>What the client needs to come back: <c>pid</c>, where recovery is on.</summary>
    public string? PrivateId { get; private set; }

    /// <summary>The last argument of the last event, which is its offset where recovery is on.</summary>
    public string? Offset { get; private set; }

    /// <summary>Completes with <c>io server disconnect</c> or <c>transport close</c>.</summary>
    public Task<string> Closed => _closed.Task.WaitAsync(Patience);

    public static async Task<TestClient> ConnectAsync(string url, string ns = "/", object? auth = null, string path = "/socket.io/", params (string Name, string Value)[] headers)
    {
        var client = new TestClient(ns);
        try
        {
            foreach (var (name, value) in headers)
            {
                client._socket.Options.SetRequestHeader(name, value);
            }

            using var patience = new CancellationTokenSource(Patience);
            await client._socket.ConnectAsync(new Uri(url.Replace("http:", "ws:") + path + "?EIO=4&transport=websocket"), patience.Token);
            client._receiving = client.ReceiveAsync();
            await client.SendTextAsync("40" + client._prefix + (auth is null ? "" : JsonSerializer.Serialize(auth)));
            var answer = await client._connected.Task.WaitAsync(Patience);
            client.Id = answer.GetProperty("sid").GetString()!;
            client.PrivateId = answer.TryGetProperty("pid", out var pid) ? pid.GetString() : null;
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public Task EmitAsync(string name, params object?[] args) => SendEventAsync(null, [name, .. args]);

    public async Task<T?> EmitWithAckAsync<T>(string name, params object?[] args) => (await EmitWithAckAsync(name, args)).Get<T>();

    public async Task<Received> EmitWithAckAsync(string name, params object?[] args)
    {
        var answer = new TaskCompletionSource<Received>(TaskCreationOptions.RunContinuationsAsynchronously);
        long id;
        lock (_acks)
        {
            _acks[id = _ackIds++] = answer;
        }

        await SendEventAsync(id, [name, .. args]);
        return await answer.Task.WaitAsync(Patience);
    }

    /// <summary>Answers events of this name that ask for it.</summary>
    public TestClient Answer(string name, Func<Received, object?> answer)
    {
        _answers[name] = answer;
        return this;
    }

    /// <summary>The next event, whatever its name.</summary>
    public async Task<Received> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return await _events.Reader.ReadAsync(patience.Token);
    }

    /// <summary>The next event, which must have this name.</summary>
    public async Task<Received> NextAsync(string name)
    {
        var next = await NextAsync();
        Assert.Equal(name, next.Name);
        return next;
    }

    /// <summary>Leaves the namespace, as <c>socket.disconnect()</c> does.</summary>
    public Task DisconnectAsync() => SendTextAsync("41" + _prefix);

    /// <summary>Loses the connection without a word.</summary>
    public void Abort() => _socket.Abort();

    public async Task SendTextAsync(string text)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _receiving;
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task SendEventAsync(long? id, object?[] args)
    {
        var attachments = new List<byte[]>();
        var json = new JsonArray();
        foreach (var arg in args)
        {
            if (arg is byte[] bytes)
            {
                json.Add(new JsonObject { ["_placeholder"] = true, ["num"] = attachments.Count });
                attachments.Add(bytes);
            }
            else
            {
                json.Add(JsonSerializer.SerializeToNode(arg, JsonSerializerOptions.Web));
            }
        }

        var type = attachments.Count == 0 ? "42" : $"45{attachments.Count}-";
        await SendTextAsync(type + _prefix + id + json.ToJsonString());
        foreach (var attachment in attachments)
        {
            await _socket.SendAsync(attachment, WebSocketMessageType.Binary, true, CancellationToken.None);
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (await ReadAsync() is var (data, isText) && isText)
            {
                await OnTextAsync(Encoding.UTF8.GetString(data));
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Aborted, by either side.
        }
        finally
        {
            _closed.TrySetResult("transport close");
            _connected.TrySetException(new IOException("The connection was closed."));
            _events.Writer.TryComplete();
        }
    }

    private async Task OnTextAsync(string text)
    {
        if (text == "2")
        {
            await SendTextAsync("3");
            return;
        }

        if (text[0] != '4')
        {
            return;
        }

        var body = text[2..];
        var count = 0;
        if (text[1] is '5' or '6')
        {
            var dash = body.IndexOf('-', StringComparison.Ordinal);
            count = int.Parse(body[..dash]);
            body = body[(dash + 1)..];
        }

        body = body[_prefix.Length..];
        switch (text[1])
        {
            case '0':
                _connected.TrySetResult(Parse(body));
                break;
            case '1':
                _closed.TrySetResult("io server disconnect");
                break;
            case '4':
                var error = Parse(body);
                _connected.TrySetException(new ConnectErrorException(
                    error.GetProperty("message").GetString()!,
                    error.TryGetProperty("data", out var data) ? data : null));
                break;
            default:
                await OnEventAsync(text[1] is '3' or '6', body, count);
                break;
        }
    }

    private async Task OnEventAsync(bool isAck, string body, int count)
    {
        var attachments = new List<byte[]>();
        while (attachments.Count < count)
        {
            attachments.Add((await ReadAsync()).Data);
        }

        var start = body.IndexOf('[', StringComparison.Ordinal);
        long? id = start == 0 ? null : long.Parse(body[..start]);
        var array = Parse(body[start..]).EnumerateArray().ToArray();
        if (isAck)
        {
            lock (_acks)
            {
                _acks[id!.Value].TrySetResult(new Received("", array, attachments, id));
            }

            return;
        }

        var received = new Received(array[0].GetString()!, array[1..], attachments, id);
        if (array is [.., { ValueKind: JsonValueKind.String } last])
        {
            Offset = last.GetString();
        }

        if (id is not null && _answers.TryGetValue(received.Name, out var answer))
        {
            await SendTextAsync($"43{_prefix}{id}{JsonSerializer.Serialize(new[] { answer(received) }, JsonSerializerOptions.Web)}");
        }

        _events.Writer.TryWrite(received);
    }

    private async Task<(byte[] Data, bool IsText)> ReadAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return ([], false);
            }

            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return (message.ToArray(), part.MessageType == WebSocketMessageType.Text);
            }
        }
    }

    private static JsonElement Parse(string json) => JsonSerializer.Deserialize<JsonElement>(json);
}
