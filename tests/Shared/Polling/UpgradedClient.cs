using System.Buffers;
using System.Net.WebSockets;
using System.Text;

namespace SocketIO.Testing;

/// <summary>The WebSocket of a session that began with polling, by hand.</summary>
public sealed class UpgradedClient : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly ArrayBufferWriter<byte> _received = new();

    private UpgradedClient()
    {
    }

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    /// <summary>Opens it at a node.</summary>
    /// <exception cref="WebSocketException">It was refused.</exception>
    public static async Task<UpgradedClient> OpenAsync(WanderingClient client, Node node, Action<ClientWebSocketOptions>? configure = null)
    {
        var upgraded = new UpgradedClient();
        try
        {
            configure?.Invoke(upgraded._socket.Options);
            var address = new UriBuilder(client.Address(node, transport: "websocket")) { Scheme = "ws" }.Uri;
            await Patience.Within(upgraded._socket.ConnectAsync(address, CancellationToken.None));
            return upgraded;
        }
        catch
        {
            upgraded.Dispose();
            throw;
        }
    }

    /// <summary>Opens it and leaves polling.</summary>
    public static async Task<UpgradedClient> UpgradeAsync(WanderingClient client, Node node, Action<ClientWebSocketOptions>? configure = null)
    {
        var upgraded = await OpenAsync(client, node, configure);
        await upgraded.ProbeAsync();
        await upgraded.SendAsync("5");
        return upgraded;
    }

    public async Task ProbeAsync()
    {
        await SendAsync("2probe");
        Assert.Equal("3probe", await NextAsync());
    }

    public Task SendAsync(string packet) => Patience.Within(SendSlowlyAsync(packet));

    /// <summary>The same, however long the server does not read.</summary>
    public Task SendSlowlyAsync(string packet) => _socket.SendAsync(Encoding.UTF8.GetBytes(packet), WebSocketMessageType.Text, true, CancellationToken.None);

    /// <summary>The next packet; pings are answered.</summary>
    /// <returns><see langword="null"/>: the server has closed the WebSocket in order.</returns>
    public async Task<string?> NextAsync()
    {
        while (true)
        {
            _received.ResetWrittenCount();
            ValueWebSocketReceiveResult result;
            do
            {
                result = await Patience.Within(_socket.ReceiveAsync(_received.GetMemory(16 * 1024), CancellationToken.None).AsTask());
                _received.Advance(result.Count);
            }
            while (!result.EndOfMessage);

            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            var packet = Encoding.UTF8.GetString(_received.WrittenSpan);
            if (packet != "2")
            {
                return packet;
            }

            await SendAsync("3");
        }
    }

    /// <summary>Reads until the connection ends, in order or not.</summary>
    public async Task ReadToEndAsync()
    {
        try
        {
            while (await NextAsync() is not null)
            {
            }
        }
        catch (WebSocketException)
        {
            // It was cut.
        }
    }

    /// <summary>Closes it in order, to the end of the connection.</summary>
    public Task CloseAsync() => Patience.Within(_socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None));

    /// <summary>Cuts the connection.</summary>
    public void Cut() => _socket.Abort();

    public void Dispose() => _socket.Dispose();
}
