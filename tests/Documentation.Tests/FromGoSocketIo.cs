// The lines of docs/from-go-socket-io.md, to be compiled. DocumentationTests holds the page against this file.
using System.Text.Json;
using Microsoft.AspNetCore.Cors.Infrastructure;
using SocketIO.Protocol;
using SocketIO.Server;

namespace Documentation.Tests;

internal static class FromGoSocketIo
{
    public static void TheServer(WebApplicationBuilder builder, WebApplication app, SocketIOServer io, SocketIOOptions options, string id)
    {
        builder.Services.AddSocketIO(options => options.Generations = Generations.All);
        app.MapSocketIO(io => { });
        app.MapGet("/", () => "index");
        io.OnConnection(socket => { });
        io.Send("text");
        io.Except(id).Send("text");
        _ = io.Sockets.Sockets.GetValueOrDefault(id);
        options.FlashPolicy = new FlashPolicyOptions { Origins = ["*:*"], Port = 843, Form = FlashPolicyForm.MasterOnly };
        builder.Logging.ClearProviders();
    }

    public static void TheConnection(Socket socket, AnnotatedMessage message)
    {
        socket.On("message", (string text) => { });
        socket.On("message", (JsonElement message) => { });
        socket.OnDisconnect(end => { });
        socket.OnError(error => { });
        try
        {
            socket.Send("text");
        }
        catch (QueueFullException)
        {
            socket.Disconnect();
        }

        socket.Send(7);
        socket.Send(new { announcement = "connected" });
        socket.Disconnect();
        _ = socket.IsConnected;
        _ = socket.Connection.RemoteAddress;
        _ = $"{socket.Id}[{socket.Connection.Transport}]";
        _ = message.Annotations["r"];
        _ = message.Text;
    }

    public static void Config(SocketIOOptions options)
    {
        options.MaxConnections = 1000;
        options.Version06.QueueLength = 10;
        options.Version06.ReconnectTimeout = TimeSpan.FromSeconds(10);
        options.Version06.CloseTimeouts.Clear();
        options.Version06.HeartbeatInterval = TimeSpan.FromSeconds(10);
        options.Version06.HeartbeatsWhilePolling = true;
        options.MaxHttpBufferSize = 1_000_000;
        options.Path = "/socket.io";
        options.Cors = new CorsPolicyBuilder("http://localhost:8080").Build();
        options.Version06.Transports = LegacyTransportTypes.All & ~LegacyTransportTypes.FlashSocket;
        options.Version06.PollDuration = TimeSpan.FromSeconds(10);
        options.Generations = Generations.Version06;
        options.Generations = Generations.Development07;
        options.Version06.Format = new LegacyFormat(() => new LengthFramedCodec(), PlainMessageParser.Marked);
        options.AllowRequest = context => ValueTask.FromResult<string?>(null);
        options.GenerateId = context => ValueTask.FromResult("0123456789abcdef");
    }
}
