// The lines of docs/from-pocketio.md, to be compiled. DocumentationTests holds the page against this file.
using SocketIO.Server;

namespace Documentation.Tests;

internal static class FromPocketIO
{
    public static void Mounting(WebApplicationBuilder builder, WebApplication app)
    {
        builder.Services.AddSocketIO(options => options.Generations = Generations.All);
        builder.Services.AddSingleton<Chat>();
        app.MapSocketIO(io => io.OnConnection(socket => { }));
        app.MapSocketIO(io => io.OnConnection(app.Services.GetRequiredService<Chat>().Run));
        app.MapGroup("/nested").MapSocketIO();
        builder.Logging.AddFilter("SocketIO.Server", LogLevel.Debug);
    }

    public static void Options(SocketIOOptions options)
    {
        options.Path = "/socket.io";
        options.Version09.HeartbeatTimeout = TimeSpan.FromSeconds(60);
        options.Version09.CloseTimeout = TimeSpan.FromSeconds(25);
        options.Version09.HandshakeTimeout = TimeSpan.FromSeconds(30);
        options.Version09.Transports = LegacyTransportTypes.WebSocket | LegacyTransportTypes.XhrPolling;
        options.Version09.QueueLength = 32;
        options.MaxConnections = 100;
    }

    public static async Task TalkingAsync(SocketIOServer io, Socket socket)
    {
        socket.On("message", (string text) => { });
        socket.On("username", (string nick) => { });
        socket.Off("username").On("username", (string nick) => { });
        socket.On("nickname", (string nick) => true);
        socket.On("pair", (Ack ack) => ack.Send(1, 2));
        socket.OnDisconnect(end => { });
        socket.Send("foo");
        socket.Send(new { buffer = Array.Empty<string>() });
        socket.Emit("username", "vti");
        await socket.SendWithAckAsync("foo");
        await socket.EmitWithAckAsync<bool>("foo");
        socket.Broadcast.Send("foo");
        socket.Broadcast.Emit("foo");
        io.Send("foo");
        io.Emit("foo");
        socket.Volatile.Emit("foo");
        io.Of("/chat").OnConnection(socket => { });
        socket.Data["foo"] = "bar";
        _ = socket.Data.Get<string>("foo");
        await socket.JoinAsync("a room");
        await socket.LeaveAsync("a room");
        io.In("a room").Emit("message", "data");
        socket.To("a room").Emit("other message");
        _ = socket.Id;
        _ = socket.Connection.Id;
        _ = socket.Handshake.Headers;
        socket.Disconnect();
    }

    internal sealed class Chat
    {
        private int _clients;

        public void Run(Socket socket) => socket.Emit("clients", ++_clients);
    }
}
