using System.Text;

namespace SocketIO.Server.Tests;

/// <summary>A polling session that does no more than it is told to.</summary>
internal sealed class RawPolling
{
    private readonly Uri _address;

    private RawPolling(Uri address, string id)
    {
        _address = address;
        Id = id;
    }

    public string Id { get; }

    public static async Task<RawPolling> OpenAsync(Uri address)
    {
        using var connection = await RawConnection.OpenAsync(address);
        await connection.SendAsync("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        var response = await connection.ReceiveResponseAsync();
        var start = response.IndexOf("\"sid\":\"", StringComparison.Ordinal) + 7;
        return new RawPolling(address, response[start..response.IndexOf('"', start)]);
    }

    public byte[] Request(string method, ReadOnlySpan<byte> body = default) =>
    [
        .. Encoding.ASCII.GetBytes($"{method} /socket.io/?EIO=4&transport=polling&sid={Id} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\n\r\n"),
        .. body,
    ];

    /// <summary>Posts, and gives the response.</summary>
    public async Task<string> PostAsync(string payload)
    {
        using var connection = await RawConnection.OpenAsync(_address);
        await connection.SendAsync(Request("POST", Encoding.UTF8.GetBytes(payload)));
        return await connection.ReceiveResponseAsync();
    }

    /// <summary>Polls, and gives the response.</summary>
    public async Task<string> PollAsync()
    {
        using var connection = await RawConnection.OpenAsync(_address);
        await connection.SendAsync(Request("GET"));
        return await connection.ReceiveResponseAsync();
    }

    /// <summary>Polls without ever reading the response.</summary>
    public async Task<RawConnection> PollWithoutReadingAsync()
    {
        var connection = await RawConnection.OpenAsync(_address);
        connection.ShrinkReceiveBuffer();
        await connection.SendAsync(Request("GET"));
        return connection;
    }
}
