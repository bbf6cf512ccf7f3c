// The lines of docs/from-pike.md, to be compiled. DocumentationTests holds the page against this file.
using SocketIO.Server;

namespace Documentation.Tests;

internal static class FromPike
{
    public static void Universe(WebApplicationBuilder builder, WebApplication app)
    {
        builder.Services.ConfigureAll<SocketIOOptions>(options => options.AllowUpgrades = false);
        builder.Services.AddSocketIO("universe", options => options.Path = "/universe");
        builder.Services.AddSocketIO(options => options.AllowUpgrades = true);
        app.MapSocketIO("universe");
        app.MapSocketIO(io => io.OnConnection(socket => new MyClient(socket).Run()));
        app.MapGroup("/nested").MapSocketIO();
        app.MapGet("/", () => "index");
        builder.Services.AddEngineIO();
        app.MapEngineIO(engine => engine.Connection += connection => { });
        app.Run("http://localhost:80");
    }

    public static void Handlers(SocketIOServer io, Socket socket, HashSet<string> rooms, SocketIOOptions options)
    {
        _ = io.Sockets.Sockets.Values;
        _ = io.Engine.Connections;
        socket.OnAny(packet => { });
        socket.OnAny(packet => { if (socket.ListenerCount(packet.Name) == 0) { Unregistered(packet); } });
        socket.On("say", (string text) => { });
        io.Of("/chat").OnConnection(socket => socket.On("say", (string text) => { }));
        socket.Off("say");
        io.Of((name, auth) => ValueTask.FromResult(rooms.Contains(name)));
        options.CleanupEmptyChildNamespaces = true;
        socket.On("say", (Socket id, Ack sendack, string data) => { });
        socket.On("say", (Socket id, Ack sendack) =>
        {
            if (sendack.IsRequested && id.Namespace.Name == "/")
            {
                sendack.Send("Ack", "me", "harder");
            }
        });
        socket.On("sum", (int a, int b) => a + b);
    }

    public static async Task ClientAsync(SocketIOServer io, Socket socket)
    {
        socket.Data["name"] = "Ada";
        socket.Emit("news", 1);
        var answer = await socket.EmitWithAckAsync<string>("question");
        socket.Emit("picture", new { thumb = new byte[] { 1, 2 } });
        socket.Compress(false).Emit("news", answer);
        socket.Compress(false).Emit("news");
        socket.Connection.Send("2[1,2,3]");
        socket.Disconnect(close: true);
        socket.OnDisconnect(end => { });
        _ = socket.Connection.Id;
        _ = socket.Handshake.Headers;
        _ = socket.Handshake.GetQuery("token");
        io.Engine.Use((context, next) => next());
    }

    public static void EngineAlone(Engine engine, EngineConnection connection)
    {
        connection.MessageReceived += (data, isBinary) => { };
        connection.Closed += (reason, detail) => { };
        engine.Drain += connection => { };
        connection.Send("Hello world!");
        connection.Close();
    }

    public static void Options(SocketIOOptions options)
    {
        options.PingInterval = TimeSpan.FromSeconds(29);
        options.PingTimeout = TimeSpan.FromSeconds(64);
        options.AllowUpgrades = false;
        options.HttpCompression = new HttpCompressionOptions { Threshold = 256 };
        options.PerMessageDeflate = new PerMessageDeflateOptions { Threshold = 256 };
        options.HttpCompression = null;
    }

    private static void Unregistered(SocketEvent packet) => packet.Ack?.Send();

    private sealed class MyClient(Socket socket)
    {
        public void Run() => socket.Emit("hello");
    }
}
