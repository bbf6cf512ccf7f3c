using System.Text;

namespace SocketIO.Server.Tests;

/// <summary>A polling session that does no more than it is told to.</summary>
internal sealed class RawPolling
{
    private readonly Uri _address;
    private readonly string _query;

    private RawPolling(Uri address, string query, string id)
    {
        _address = address;
        _query = query;
        Id = id;
    }

    public string Id { get; }

    public static async Task<RawPolling> OpenAsync(Uri address, string query = "EIO=4&transport=polling")
    {
        using var connection = await RawConnection.OpenAsync(address);
        await connection.SendAsync(Encoding.ASCII.GetBytes($"GET /socket.io/?{query} HTTP/1.1\r\nHost: a\r\n\r\n"));
        // In a script its quotes are escaped.
        var response = (await connection.ReceiveResponseAsync()).Replace("\\\"", "\"", StringComparison.Ordinal);
        var start = response.IndexOf("\"sid\":\"", StringComparison.Ordinal) + 7;
        return new RawPolling(address, query, response[start..response.IndexOf('"', start)]);
    }

    public byte[] Request(string method, ReadOnlySpan<byte> body = default, string contentType = "text/plain") =>
    [
        .. Encoding.ASCII.GetBytes($"{method} /socket.io/?{_query}&sid={Id} HTTP/1.1\r\nHost: a\r\nContent-Type: {contentType}\r\nContent-Length: {body.Length}\r\n\r\n"),
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
