using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace SocketIO.Client.Tests;

/// <summary>A server that says what its test says, over WebSockets at any URL.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ScriptedConnection> _accepted = Channel.CreateUnbounded<ScriptedConnection>();

    private ScriptedServer(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public static async Task<ScriptedServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ScriptedServer(app);
        app.UseWebSockets();
        app.Run(async context =>
        {
            if (!context.WebSockets.IsWebSocketRequest)
            {
                context.Response.StatusCode = 404;
                return;
            }

            var connection = new ScriptedConnection(await context.WebSockets.AcceptWebSocketAsync(), $"{context.Request.Path}{context.Request.QueryString}");
            await server._accepted.Writer.WriteAsync(connection);
            await connection.Finished;
        });
        await app.StartAsync();
        return server;
    }

    public async Task<ScriptedConnection> AcceptAsync() => await Patience.Within(_accepted.Reader.ReadAsync().AsTask());

    /// <summary>A client, and the server's end of its connection, after a handshake of the current generation.</summary>
    public async Task<(SocketIOClient Client, ScriptedConnection Connection)> ConnectAsync(SocketIOClientOptions? options = null, Action<SocketIOClient>? handlers = null)
    {
        var client = new SocketIOClient(Url, options);
        handlers?.Invoke(client);
        var connecting = client.ConnectAsync();
        var connection = await AcceptAsync();
        await connection.SendAsync("""0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""");
        Assert.Equal("40", await connection.ReceiveAsync());
        await connection.SendAsync("""40{"sid":"socket"}""");
        await Patience.Within(connecting);
        return (client, connection);
    }

    /// <summary>The same of a generation before 0.7, which greets with one message.</summary>
    public async Task<(SocketIOClient Client, ScriptedConnection Connection)> ConnectAsync(ClientProtocol protocol, string greeting, Action<SocketIOClient>? handlers = null, string path = "")
    {
        var client = new SocketIOClient(Url + path, new SocketIOClientOptions { Protocol = protocol });
        handlers?.Invoke(client);
        var connecting = client.ConnectAsync();
        var connection = await AcceptAsync();
        await connection.SendAsync(greeting);
        await Patience.Within(connecting);
        return (client, connection);
    }

    public async ValueTask DisposeAsync()
    {
        while (_accepted.Reader.TryRead(out var connection))
        {
            connection.Abort();
        }

        await _app.DisposeAsync();
    }
}

/// <summary>The server's end of one connection.</summary>
internal sealed class ScriptedConnection(WebSocket socket, string target)
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Path and query of its request.</summary>
    public string Target { get; } = target;

    public Task Finished => _finished.Task;

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SendAsync(byte[] bytes, WebSocketMessageType type) =>
        Patience.Within(socket.SendAsync(bytes, type, endOfMessage: true, CancellationToken.None));

    /// <summary>The next message: a text, or the bytes in hexadecimal. A close frame is "close", its status and its text.</summary>
    public async Task<string> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            var part = await Patience.Within(socket.ReceiveAsync(buffer, CancellationToken.None));
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return part.MessageType switch
                {
                    WebSocketMessageType.Text => Encoding.UTF8.GetString(message.ToArray()),
                    WebSocketMessageType.Binary => Convert.ToHexString(message.ToArray()),
                    _ => $"close {(int?)part.CloseStatus}",
                };
            }
        }
    }

    /// <summary>Closes as a server does, and ends the request.</summary>
    public async Task CloseAsync(string? description = null)
    {
        await Patience.Within(socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, description, CancellationToken.None));
        _finished.TrySetResult();
    }

    /// <summary>Breaks the connection.</summary>
    public void Abort()
    {
        socket.Abort();
        _finished.TrySetResult();
    }
}
