using System.Globalization;
using System.Text;

namespace SocketIO.Server.Tests;

/// <summary>
/// A client 1.0 to 2.5 by one of its transports, packet by packet; it shares no code with the server. A binary message is told as its bytes in hexadecimal
/// digits, behind its type as the transport has it.
/// </summary>
internal sealed class OldClient : IDisposable
{
    private readonly OldPolling? _polling;
    private readonly OldWebSocket? _socket;
    private readonly Queue<string> _packets = new();

    private OldClient(OldPolling? polling, OldWebSocket? socket)
    {
        _polling = polling;
        _socket = socket;
    }

    /// <summary>The ways to be connected; polling by text alone is that of clients that take no binary bodies.</summary>
    public static TheoryData<string> Transports => ["polling", "polling by text", "websocket"];

    /// <summary>The first packet.</summary>
    public string Handshake { get; private init; } = "";

    /// <summary>The content type of the last poll's answer.</summary>
    public string? ContentType { get; private set; }

    /// <summary>Connects; the next packet is what follows the handshake.</summary>
    public static async Task<OldClient> OpenAsync(Node node, string transport, string query = "")
    {
        if (transport == "websocket")
        {
            var socket = await OldWebSocket.OpenAsync(node, "EIO=3&transport=websocket" + query);
            return new OldClient(null, socket) { Handshake = await socket.ReceiveAsync() ?? "" };
        }

        var polling = await OldPolling.OpenAsync(node, "EIO=3&transport=polling" + (transport == "polling" ? "" : "&b64=1") + query);
        var opened = new OldClient(polling, null) { Handshake = polling.Greeting[0] };
        foreach (var packet in polling.Greeting[1..])
        {
            opened._packets.Enqueue(packet);
        }

        return opened;
    }

    /// <summary>The same, and takes the word that it is in the main namespace.</summary>
    public static async Task<OldClient> ConnectAsync(Node node, string transport, string query = "")
    {
        var client = await OpenAsync(node, transport, query);
        Assert.Equal("40", await client.ReceiveAsync());
        return client;
    }

    public Task SendAsync(string packet) => _socket?.SendAsync(packet) ?? _polling!.SendAsync(packet);

    /// <summary>Sends a binary message.</summary>
    public async Task SendAsync(byte[] message)
    {
        if (_socket is not null)
        {
            await _socket.SendAsync([4, .. message]);
            return;
        }

        if (_polling!.Query.Contains("b64", StringComparison.Ordinal))
        {
            await _polling.SendAsync("b4" + Convert.ToBase64String(message));
            return;
        }

        var digits = (message.Length + 1).ToString(CultureInfo.InvariantCulture).Select(static digit => (byte)(digit - '0'));
        using var answer = await _polling.PostAsync([1, .. digits, 0xff, 4, .. message], "application/octet-stream");
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The next packet; <c>closed</c>: there is none any more.</summary>
    public async Task<string> ReceiveAsync()
    {
        if (_socket is not null)
        {
            return await _socket.ReceiveAsync() ?? "closed";
        }

        while (_packets.Count == 0)
        {
            using var answer = await _polling!.GetAsync();
            if (!answer.IsSuccessStatusCode)
            {
                return "closed";
            }

            ContentType = answer.Content.Headers.ContentType!.ToString();
            foreach (var packet in ContentType == "application/octet-stream"
                ? SplitBinary(await answer.Content.ReadAsByteArrayAsync())
                : OldPolling.Split(await answer.Content.ReadAsStringAsync()))
            {
                _packets.Enqueue(packet.StartsWith('b') ? "04" + Convert.ToHexString(Convert.FromBase64String(packet[2..])) : packet);
            }
        }

        return _packets.Dequeue();
    }

    public async Task<string[]> ReceiveAsync(int count)
    {
        var packets = new string[count];
        for (var i = 0; i < count; i++)
        {
            packets[i] = await ReceiveAsync();
        }

        return packets;
    }

    public void Dispose()
    {
        _polling?.Dispose();
        _socket?.Dispose();
    }

    private static IEnumerable<string> SplitBinary(byte[] payload)
    {
        for (var at = 0; at < payload.Length;)
        {
            var isText = payload[at++] == 0;
            var length = 0;
            for (; payload[at] != 0xff; at++)
            {
                length = length * 10 + payload[at];
            }

            at++;
            yield return isText ? Encoding.UTF8.GetString(payload, at, length) : Convert.ToHexString(payload, at, length);
            at += length;
        }
    }
}
