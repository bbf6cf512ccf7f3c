using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace SocketIO.Server.Tests;

/// <summary>A message of Engine.IO: text, or else bytes.</summary>
public sealed record EngineMessage(string? Text, byte[]? Bytes)
{
    public override string ToString() => Text ?? Convert.ToHexString(Bytes!);
}

/// <summary>A client of one transport, written for the tests alone.</summary>
public abstract class EngineClient : IAsyncDisposable
{
    private readonly Channel<EngineMessage> _messages = Channel.CreateUnbounded<EngineMessage>();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<string> _pings = Channel.CreateUnbounded<string>();

    /// <summary>The open packet, which was the first.</summary>
    public JsonElement Handshake { get; private set; }

    public string Id => Handshake.GetProperty("sid").GetString()!;

    /// <summary>Whether pings are answered.</summary>
    public bool Answers { get; set; } = true;

    /// <summary>The server has ended the connection.</summary>
    public Task Ended => Patience.Within(_ended.Task);

    public async Task<EngineMessage> ReceiveAsync() => await Patience.Within(_messages.Reader.ReadAsync().AsTask());

    public async Task<string> ReceiveTextAsync() => (await ReceiveAsync()).Text!;

    public Task ReceivePingAsync() => Patience.Within(_pings.Reader.ReadAsync().AsTask());

    public Task SendAsync(string text) => SendAsync(new EngineMessage(text, null));

    public abstract Task SendAsync(EngineMessage message);

    /// <summary>Begins to read; before it is called the client takes nothing.</summary>
    public abstract void StartReading();

    /// <summary>Ends the connection as the protocol has it.</summary>
    public abstract Task CloseAsync();

    /// <summary>Cuts the connection.</summary>
    public abstract void Abort();

    public ValueTask DisposeAsync()
    {
        Abort();
        GC.SuppressFinalize(this);
        return default;
    }

    protected abstract Task SendPacketAsync(string packet);

    protected void OnOpen(string packet)
    {
        Assert.StartsWith("0{", packet, StringComparison.Ordinal);
        Handshake = JsonElement.Parse(packet[1..]);
    }

    protected async Task OnPacketAsync(string packet)
    {
        switch (packet[0])
        {
            case '1':
                OnEnded();
                break;
            case '2':
                if (Answers)
                {
                    await SendPacketAsync("3");
                }

                _pings.Writer.TryWrite(packet);
                break;
            case '4':
                _messages.Writer.TryWrite(new EngineMessage(packet[1..], null));
                break;
            case 'b':
                _messages.Writer.TryWrite(new EngineMessage(null, Convert.FromBase64String(packet[1..])));
                break;
            default:
                Assert.Equal("6", packet);
                break;
        }
    }

    protected void OnBinary(byte[] message) => _messages.Writer.TryWrite(new EngineMessage(null, message));

    protected void OnEnded()
    {
        _ended.TrySetResult();
        _messages.Writer.TryComplete(new IOException("The connection has ended."));
    }
}

/// <summary>HTTP long-polling.</summary>
public class PollingClient : EngineClient
{
    private readonly HttpClient _http;
    private readonly SemaphoreSlim _posting = new(1, 1);
    private readonly CancellationTokenSource _aborted = new();

    protected PollingClient(HttpClient http) => _http = http;

    protected virtual string Query => "EIO=4&transport=polling";

    public static async Task<PollingClient> OpenAsync(EngineHost host)
    {
        var client = new PollingClient(host.CreateHttpClient());
        await client.OpenAsync();
        return client;
    }

    public override Task SendAsync(EngineMessage message) =>
        SendPacketAsync(message.Text is { } text ? "4" + text : "b" + Convert.ToBase64String(message.Bytes!));

    public override void StartReading() => _ = PollAllAsync();

    public override Task CloseAsync() => SendPacketAsync("1");

    public override void Abort() => _aborted.Cancel();

    /// <summary>Polls once.</summary>
    public async Task<string[]> PollAsync()
    {
        using var response = await Patience.Within(_http.GetAsync(Url, _aborted.Token));
        response.EnsureSuccessStatusCode();
        return ReadPayload(await response.Content.ReadAsStringAsync()).Split('\x1e');
    }

    public async Task<HttpStatusCode> PostAsync(string packet)
    {
        await _posting.WaitAsync();
        try
        {
            using var content = new StringContent(WritePayload(packet));
            content.Headers.ContentType = new(ContentType) { CharSet = "UTF-8" };
            using var response = await Patience.Within(_http.PostAsync(Url, content, _aborted.Token));
            return response.StatusCode;
        }
        finally
        {
            _posting.Release();
        }
    }

    protected string Url => $"/engine.io/?{Query}" + (Handshake.ValueKind == JsonValueKind.Undefined ? "" : "&sid=" + Id);

    protected virtual string ContentType => "text/plain";

    protected virtual string ReadPayload(string body) => body;

    protected virtual string WritePayload(string payload) => payload;

    protected override async Task SendPacketAsync(string packet) => Assert.Equal(HttpStatusCode.OK, await PostAsync(packet));

    protected async Task OpenAsync()
    {
        var packets = await PollAsync();
        OnOpen(packets[0]);
        foreach (var packet in packets[1..])
        {
            await OnPacketAsync(packet);
        }
    }

    private async Task PollAllAsync()
    {
        try
        {
            while (true)
            {
                foreach (var packet in await PollAsync())
                {
                    await OnPacketAsync(packet);
                    if (packet == "1")
                    {
                        return;
                    }
                }
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            OnEnded();
        }
    }
}

/// <summary>JSONP polling.</summary>
public sealed class JsonpClient : PollingClient
{
    private JsonpClient(HttpClient http)
        : base(http)
    {
    }

    protected override string Query => base.Query + "&j=3";

    protected override string ContentType => "application/x-www-form-urlencoded";

    public static new async Task<PollingClient> OpenAsync(EngineHost host)
    {
        var client = new JsonpClient(host.CreateHttpClient());
        await client.OpenAsync();
        return client;
    }

    protected override string ReadPayload(string body)
    {
        Assert.StartsWith("___eio[3](\"", body, StringComparison.Ordinal);
        Assert.EndsWith("\");", body, StringComparison.Ordinal);
        return JsonSerializer.Deserialize<string>(body[10..^2])!;
    }

    // As the browser client has it: a form would turn line feeds into carriage returns and line feeds.
    protected override string WritePayload(string payload) =>
        "d=" + Uri.EscapeDataString(payload.Replace("\\n", "\\\\n", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));
}

/// <summary>A WebSocket, from the start or after an upgrade.</summary>
public sealed class WebSocketClient : EngineClient
{
    private readonly WebSocket _socket;
    private readonly SemaphoreSlim _sending = new(1, 1);

    private WebSocketClient(WebSocket socket) => _socket = socket;

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public static async Task<EngineClient> OpenAsync(EngineHost host)
    {
        var client = new WebSocketClient(await host.ConnectWebSocketAsync());
        client.OnOpen(Encoding.UTF8.GetString((await client.ReadAsync())!.Value.Bytes));
        return client;
    }

    public static async Task<EngineClient> UpgradeAsync(EngineHost host)
    {
        var polling = await PollingClient.OpenAsync(host);
        var client = new WebSocketClient(await host.ConnectWebSocketAsync("&sid=" + polling.Id));
        await client.SendPacketAsync("2probe");
        Assert.Equal("3probe", Encoding.UTF8.GetString((await client.ReadAsync())!.Value.Bytes));
        await client.SendPacketAsync("5");
        client.OnOpen("0" + polling.Handshake.GetRawText());
        return client;
    }

    public override Task SendAsync(EngineMessage message) => message.Text is { } text
        ? SendPacketAsync("4" + text)
        : WriteAsync(message.Bytes!, WebSocketMessageType.Binary);

    /// <summary>Sends a packet as it is.</summary>
    public Task SendRawAsync(string packet) => SendPacketAsync(packet);

    public override void StartReading() => _ = ReadAllAsync();

    public override async Task CloseAsync() => await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

    public override void Abort()
    {
        _socket.Abort();
        _socket.Dispose();
    }

    protected override Task SendPacketAsync(string packet) => WriteAsync(Encoding.UTF8.GetBytes(packet), WebSocketMessageType.Text);

    private async Task WriteAsync(byte[] message, WebSocketMessageType type)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(message, type, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAllAsync()
    {
        try
        {
            while (await ReadAsync() is var (message, isBinary))
            {
                if (isBinary)
                {
                    OnBinary(message);
                }
                else
                {
                    await OnPacketAsync(Encoding.UTF8.GetString(message));
                }
            }

            if (_socket.State == WebSocketState.CloseReceived)
            {
                await CloseAsync();
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection was cut, by whichever side.
        }

        OnEnded();
    }

    private async Task<(byte[] Bytes, bool IsBinary)?> ReadAsync()
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        while (true)
        {
            var result = await _socket.ReceiveAsync(buffer.GetMemory(4096), CancellationToken.None);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            buffer.Advance(result.Count);
            if (result.EndOfMessage)
            {
                return (buffer.WrittenSpan.ToArray(), result.MessageType == WebSocketMessageType.Binary);
            }
        }
    }
}
