using System.Net.WebSockets;
using System.Text;

namespace SocketIO.Testing;

/// <summary>A WebSocket of clients 1.0 to 2.5, message by message.</summary>
public sealed class OldWebSocket : IDisposable
{
    private readonly ClientWebSocket _socket = new();

    private OldWebSocket()
    {
    }

    public static async Task<OldWebSocket> OpenAsync(Node node, string query = "EIO=3&transport=websocket")
    {
        var client = new OldWebSocket();
        await Patience.Within(client._socket.ConnectAsync(new UriBuilder(node.Address) { Scheme = "ws", Path = "/socket.io/", Query = query }.Uri, CancellationToken.None));
        return client;
    }

    public Task SendAsync(string text) => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    public Task SendAsync(byte[] bytes) => _socket.SendAsync(bytes, WebSocketMessageType.Binary, true, CancellationToken.None);

    /// <summary>The next message: its text, the hexadecimal digits of a binary one, or null at the end.</summary>
    public async Task<string?> ReceiveAsync()
    {
        var buffer = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            WebSocketReceiveResult result;
            try
            {
                result = await Patience.Within(_socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), CancellationToken.None));
            }
            catch (WebSocketException)
            {
                return null;
            }

            length += result.Count;
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            if (result.EndOfMessage)
            {
                return result.MessageType == WebSocketMessageType.Text ? Encoding.UTF8.GetString(buffer, 0, length) : Convert.ToHexString(buffer, 0, length);
            }
        }
    }

    public Task CloseAsync() => _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

    public void Dispose() => _socket.Dispose();
}
