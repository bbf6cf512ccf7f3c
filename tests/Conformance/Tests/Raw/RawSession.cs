using System.Text.Json;

namespace SocketIO.Conformance.Tests;

/// <summary>Sessions on a <see cref="RawWebSocket"/>, begun as a client begins them.</summary>
internal static class RawSession
{
    public const string EngineUrl = "/engine.io/?EIO=4&transport=websocket";
    public const string SocketUrl = "/socket.io/?EIO=4&transport=websocket";

    /// <summary>Opens a session and takes the open packet.</summary>
    public static async Task<RawWebSocket> OpenAsync(TestServerHost host, string url = EngineUrl)
    {
        var socket = await RawWebSocket.ConnectAsync(host.Url, url);
        Assert.StartsWith("0{", await socket.ReceiveTextAsync(), StringComparison.Ordinal);
        return socket;
    }

    /// <summary>Opens a session and joins a namespace.</summary>
    public static async Task<RawWebSocket> JoinAsync(TestServerHost host, string ns = "/", string? auth = null)
    {
        var socket = await OpenAsync(host, SocketUrl);
        await JoinAsync(socket, ns, auth);
        return socket;
    }

    /// <summary>Joins a namespace; gives what the server tells: <c>sid</c>, and <c>pid</c> where recovery is on.</summary>
    public static async Task<JsonElement> JoinAsync(RawWebSocket socket, string ns = "/", string? auth = null)
    {
        var prefix = ns == "/" ? "40" : $"40{ns},";
        await socket.SendAsync(prefix + auth);
        var answer = await socket.ReceiveTextAsync();
        Assert.StartsWith(prefix + "{", answer, StringComparison.Ordinal);
        return JsonElement.Parse(answer[prefix.Length..]);
    }
}
