using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace SocketIO.Benchmarks.Cluster;

/// <summary>A client that begins with polling at one gateway and upgrades to WebSocket at another one, or the same.</summary>
internal sealed class UpgradedConnection : IDisposable
{
    private static readonly byte[] Question = Encoding.ASCII.GetBytes($"""421["ack","{new string('.', 70)}"]""");

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[512];

    private UpgradedConnection() => _socket.Options.KeepAliveInterval = TimeSpan.Zero;

    /// <exception cref="WebSocketException">The other gateway does not know the first one yet.</exception>
    public static async Task<UpgradedConnection> OpenAsync(HttpClient http, IPEndPoint owner, IPEndPoint edge)
    {
        var polling = $"http://{owner}/socket.io/?EIO=4&transport=polling";
        var handshake = await http.GetStringAsync(new Uri(polling));
        var sid = JsonElement.Parse(handshake[1..]).GetProperty("sid").GetString();
        var client = new UpgradedConnection();
        await client._socket.ConnectAsync(new Uri($"ws://{edge}/socket.io/?EIO=4&transport=websocket&sid={sid}"), CancellationToken.None);
        await client.AskAsync("2probe"u8.ToArray(), "3probe");
        await client._socket.SendAsync("5"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        await client.AskAsync("40"u8.ToArray(), "40");
        return client;
    }

    /// <summary>Emits an event and waits for its acknowledgement.</summary>
    public async Task<TimeSpan> AcknowledgeAsync()
    {
        var start = Stopwatch.GetTimestamp();
        await AskAsync(Question, "43");
        return Stopwatch.GetElapsedTime(start);
    }

    public void Dispose() => _socket.Dispose();

    private async Task AskAsync(byte[] packet, string answer)
    {
        await _socket.SendAsync(packet, WebSocketMessageType.Text, true, CancellationToken.None);
        while (true)
        {
            var result = await _socket.ReceiveAsync(_buffer, CancellationToken.None);
            var text = Encoding.ASCII.GetString(_buffer, 0, result.Count);
            if (text.StartsWith(answer, StringComparison.Ordinal))
            {
                return;
            }

            if (text != "2")
            {
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"'{text}' came instead of '{answer}'."));
            }

            await _socket.SendAsync("3"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        }
    }
}
