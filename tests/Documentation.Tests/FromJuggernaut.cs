// The lines of docs/from-juggernaut.md, to be compiled. DocumentationTests holds the page against this file.
using System.Text.Json;
using Microsoft.AspNetCore.Cors.Infrastructure;
using SocketIO.Server;

namespace Documentation.Tests;

internal static class FromJuggernaut
{
    public static void TheListener(WebApplicationBuilder builder, WebApplication app, SocketIOServer io, string id, string other)
    {
        builder.Services.AddSocketIO(options => options.Generations = Generations.All);
        app.MapSocketIO(io => { });
        app.MapGet("/", () => "index");
        _ = io.Options;
        _ = io.Sockets.Sockets[id];
        _ = io.Sockets.Sockets.Values;
        io.Send("text");
        io.Except(id).Send("text");
        io.Except(id, other).Send("text");
        io.OnConnection(socket => { });
    }

    public static void TheClient(Socket socket, Delegate handler)
    {
        _ = socket.Id;
        _ = socket.Server;
        _ = socket.IsConnected;
        _ = socket.Connection.Attachments;
        _ = socket.Connection.Transport;
        _ = socket.Handshake.Headers;
        socket.Send("text");
        socket.Send(new { a = 1 });
        socket.Send("one", "two");
        socket.Broadcast.Send("text");
        socket.On("message", (string text) => { });
        socket.On("message", (JsonElement message) => { });
        socket.Off("message", handler);
        socket.OnDisconnect(end => { });
        socket.Disconnect();
    }

    public static void Options(WebApplicationBuilder builder, SocketIOOptions options)
    {
        options.Path = "/live";
        options.Cors = new CorsPolicyBuilder("http://a.example").AllowCredentials().Build();
        options.Version06.Transports = LegacyTransportTypes.All & ~LegacyTransportTypes.HtmlFile;
        options.Version06.CloseTimeouts["xhr-polling"] = TimeSpan.FromSeconds(8);
        options.Version06.CloseTimeouts["websocket"] = TimeSpan.FromSeconds(8);
        options.Version06.PollDuration = TimeSpan.FromSeconds(20);
        options.Version06.HeartbeatInterval = TimeSpan.FromSeconds(10);
        options.Version06.HeartbeatTimeout = TimeSpan.FromSeconds(8);
        options.Version06.CloseTimeouts.Clear();
        options.Version06.ReconnectTimeout = TimeSpan.FromSeconds(8);
        options.FlashPolicy = new FlashPolicyOptions { Origins = ["*:*"], Port = 843 };
        options.OldSockets = new OldSocketOptions();
        builder.Logging.AddFilter("SocketIO", LogLevel.None);
    }
}
