using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace SocketIO.Testing;

/// <summary>A small Socket.IO client of its own over a real WebSocket: it shares no code with the server.</summary>
public sealed class TestClient : IAsyncDisposable
{
    private readonly WebSocket _socket;
    private readonly ConcurrentDictionary<string, TestSocket> _sockets = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource<JsonElement> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte[]> _attachments = [];
    private string? _waitingHeader;
    private int _waitingFor;

    private TestClient(WebSocket socket)
    {
        _socket = socket;
        _ = ReceiveAllAsync();
    }

    /// <summary>The handshake.</summary>
    public JsonElement Open { get; private set; }

    /// <summary>Completes when the connection has ended.</summary>
    public Task Closed => Patience.Within(_closed.Task);

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public static async Task<TestClient> OpenAsync(
        Uri address,
        string path = "/socket.io/",
        string query = "",
        Action<ClientWebSocketOptions>? configure = null)
    {
        var socket = new ClientWebSocket();
        configure?.Invoke(socket.Options);
        var uri = new UriBuilder(address) { Scheme = "ws", Path = path, Query = "EIO=4&transport=websocket" + query }.Uri;
        await Patience.Within(socket.ConnectAsync(uri, CancellationToken.None));
        return await OpenAsync(socket);
    }

    public static async Task<TestClient> OpenAsync(WebSocket socket)
    {
        var client = new TestClient(socket);
        client.Open = await Patience.Within(client._opened.Task);
        return client;
    }

    /// <summary>Joins a namespace.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="auth">The payload of the CONNECT packet.</param>
    /// <exception cref="TestRefusedException">The server said no.</exception>
    public async Task<TestSocket> JoinAsync(string ns = "/", object? auth = null)
    {
        var socket = await StartJoinAsync(ns, auth);
        await socket.Connected;
        return socket;
    }

    /// <summary>Asks for a namespace and does not wait for the answer.</summary>
    public async Task<TestSocket> StartJoinAsync(string ns = "/", object? auth = null)
    {
        var socket = Expect(ns);
        await SendAsync("40" + Prefix(ns) + (auth is null ? "" : JsonSerializer.Serialize(auth)));
        return socket;
    }

    /// <summary>Makes ready for the answer to a CONNECT that a test sends in a way of its own.</summary>
    public TestSocket Expect(string ns) => _sockets[ns] = new TestSocket(this, ns);

    /// <summary>Sends an Engine.IO packet as it is.</summary>
    public async Task SendAsync(string text) => await SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public async Task SendAsync(ReadOnlyMemory<byte> data) => await SendAsync(data, WebSocketMessageType.Binary);

    /// <summary>Cuts the connection, as a network that fails.</summary>
    public void Abort()
    {
        _socket.Abort();
        _socket.Dispose();
    }

    /// <summary>Closes the connection in order.</summary>
    public async Task CloseAsync()
    {
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await Closed;
    }

    public ValueTask DisposeAsync()
    {
        Abort();
        return default;
    }

    internal Task SendEventAsync(string ns, string name, object?[] args, long? id) => SendPacketAsync('2', '5', ns, id, [name, .. args]);

    internal Task SendAckAsync(string ns, long id, object?[] args) => SendPacketAsync('3', '6', ns, id, args);

    private static string Prefix(string ns) => ns == "/" ? "" : ns + ",";

    private async Task SendPacketAsync(char type, char binaryType, string ns, long? id, object?[] args)
    {
        var attachments = args.OfType<byte[]>().ToArray();
        var number = 0;
        var json = JsonSerializer.Serialize(Array.ConvertAll(args, arg => arg is byte[]? new { _placeholder = true, num = number++ } : arg));
        var header = attachments.Length == 0 ? $"4{type}" : string.Create(CultureInfo.InvariantCulture, $"4{binaryType}{attachments.Length}-");
        await _sending.WaitAsync();
        try
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{header}{Prefix(ns)}{id}{json}");
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);
            foreach (var attachment in attachments)
            {
                await _socket.SendAsync(attachment, WebSocketMessageType.Binary, true, CancellationToken.None);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> data, WebSocketMessageType type)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(data, type, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReceiveAllAsync()
    {
        try
        {
            var buffer = new ArrayBufferWriter<byte>(4096);
            while (true)
            {
                var result = await _socket.ReceiveAsync(buffer.GetMemory(4096), CancellationToken.None);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                buffer.Advance(result.Count);
                if (result.EndOfMessage)
                {
                    var message = buffer.WrittenSpan.ToArray();
                    buffer.ResetWrittenCount();
                    if (result.MessageType == WebSocketMessageType.Binary)
                    {
                        OnAttachment(message);
                    }
                    else
                    {
                        await OnTextAsync(Encoding.UTF8.GetString(message));
                    }
                }
            }

            if (_socket.State == WebSocketState.CloseReceived)
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection was cut, by whichever side.
        }

        foreach (var (_, socket) in _sockets)
        {
            socket.OnDisconnected("transport close");
        }

        _opened.TrySetException(new IOException("The connection ended before the handshake."));
        _closed.TrySetResult();
    }

    private async Task OnTextAsync(string packet)
    {
        switch (packet[0])
        {
            case '0':
                _opened.TrySetResult(JsonElement.Parse(packet[1..]));
                break;
            case '2':
                await SendAsync("3" + packet[1..]);
                break;
            case '4' when packet[1] is '5' or '6':
                var dash = packet.IndexOf('-', StringComparison.Ordinal);
                _waitingFor = int.Parse(packet.AsSpan(2, dash - 2), CultureInfo.InvariantCulture);
                _waitingHeader = (packet[1] == '5' ? "2" : "3") + packet[(dash + 1)..];
                break;
            case '4':
                OnPacket(packet[1..], []);
                break;
        }
    }

    private void OnAttachment(byte[] message)
    {
        _attachments.Add(message);
        if (_attachments.Count == _waitingFor)
        {
            var attachments = _attachments.ToArray();
            _attachments.Clear();
            OnPacket(_waitingHeader!, attachments);
        }
    }

    private void OnPacket(string packet, byte[][] attachments)
    {
        var at = 1;
        var ns = "/";
        if (at < packet.Length && packet[at] == '/')
        {
            var comma = packet.IndexOf(',', StringComparison.Ordinal);
            comma = comma < 0 ? packet.Length : comma;
            ns = packet[at..comma];
            at = Math.Min(comma + 1, packet.Length);
        }

        var digits = at;
        while (digits < packet.Length && char.IsAsciiDigit(packet[digits]))
        {
            digits++;
        }

        var id = digits > at ? long.Parse(packet.AsSpan(at, digits - at), CultureInfo.InvariantCulture) : -1;
        var payload = digits < packet.Length ? JsonElement.Parse(packet[digits..]) : default;
        if (!_sockets.TryGetValue(ns, out var socket))
        {
            return;
        }

        switch (packet[0])
        {
            case '0':
                socket.OnConnected(payload);
                break;
            case '1':
                socket.OnDisconnected("io server disconnect");
                break;
            case '2':
                var all = payload.EnumerateArray().ToArray();
                socket.OnEvent(new TestEvent(all[0].GetString()!, all[1..], attachments, id));
                break;
            case '3':
                socket.OnAck(id, new TestEvent("", [.. payload.EnumerateArray()], attachments, id));
                break;
            case '4':
                socket.OnRefused(payload);
                break;
        }
    }
}
