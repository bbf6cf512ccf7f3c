// The lines of docs/from-node.md, to be compiled. DocumentationTests holds the page against this file.
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Hosting.Server;
using SocketIO.Protocol;
using SocketIO.Server;

namespace Documentation.Tests;

internal static class FromNode
{
    private sealed record Credentials(string? Token);

    public static void Admin(WebApplicationBuilder builder, string username, string password) =>
        builder.Services.AddSocketIO().UseAdmin(admin => (admin.Username, admin.PasswordHash) = (username, password));

    public static async Task MakingAServerAsync(WebApplicationBuilder builder, WebApplication app, SocketIOServer io)
    {
        builder.Services.AddSocketIO(options => { });
        app.MapSocketIO(io => { });
        builder.Services.AddSocketIO("b", options => options.Path = "/b");
        app.MapSocketIO("b");
        app.MapSocketIO();
        builder.Services.AddEngineIO();
        app.MapEngineIO();
        _ = io.Path;
        _ = io.Options.ServeClient;
        _ = io.Options.ConnectTimeout;
        io.UseAdapter(ns => new InProcessAdapter(ns));
        _ = app.Services.GetRequiredService<IServer>();
        app.Run("http://localhost:3000");
        await io.CloseAsync();
    }

    public static void Options(SocketIOOptions options)
    {
        options.PingInterval = TimeSpan.FromSeconds(25);
        options.PingTimeout = TimeSpan.FromSeconds(20);
        options.UpgradeTimeout = TimeSpan.FromSeconds(10);
        options.MaxHttpBufferSize = 1_000_000;
        options.AllowRequest = context => ValueTask.FromResult<string?>(null);
        options.Transports = TransportTypes.WebSocket;
        options.AllowUpgrades = false;
        options.Generations |= Generations.EngineIO3;
        options.PerMessageDeflate = new PerMessageDeflateOptions { Threshold = 2048 };
        options.HttpCompression = null;
        options.InitialPacket = "hello";
        options.Cookie = new EngineCookieBuilder();
        options.Cookie = new EngineCookieBuilder { Name = "io", SameSite = SameSiteMode.Strict };
        options.Cors = new CorsPolicyBuilder("https://a.example").AllowAnyHeader().Build();
        options.Path = "/live";
        options.AddTrailingSlash = false;
        options.ServeClient = false;
        options.ConnectTimeout = TimeSpan.FromSeconds(45);
        options.Adapter = ns => new InProcessAdapter(ns);
        options.Parser = PacketParser.MessagePack;
        options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
        options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions
        {
            MaxDisconnectionDuration = TimeSpan.FromMinutes(2),
            SkipMiddlewares = false,
        };
        options.CleanupEmptyChildNamespaces = true;
        options.GenerateId = context => ValueTask.FromResult(Guid.NewGuid().ToString("N"));
    }

    public static async Task NamespacesAsync(SocketIOServer io, Namespace ns, object data)
    {
        io.OnConnection(socket => { });
        io.Of("/chat");
        var parent = io.Of(new Regex("^/t-[0-9]+$"));
        parent.Emit("news");
        io.Of((name, auth) => ValueTask.FromResult(true));
        io.NewNamespace += ns => { };
        _ = io.Sockets;
        _ = (ns.Name, ns.Sockets, ns.Adapter, ns.Server);
        ns.Use(async (socket, next) => await next());
        ns.Use((socket, next) => throw new ConnectRefusedException("no", data));
        io.Emit("news", 1);
        io.Send("hi");
        io.To("a").In("b").Except("c").Emit("news");
        io.To("a", "b");
        io.Local.Emit("news");
        io.Volatile.Emit("news");
        io.Compress(false).Emit("news");
        try
        {
            await io.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<string>("vote");
        }
        catch (AckTimeoutException<string> e)
        {
            _ = e.Responses;
        }

        await io.FetchSocketsAsync();
        await io.In("a").SocketsJoinAsync("b");
        await io.In("a").SocketsLeaveAsync("b");
        await io.In("a").DisconnectSocketsAsync(close: true);
        io.ServerSideEmit("reload", 1);
        await io.ServerSideEmitWithAckAsync<string>("reload", 1);
        io.Sockets.OnServerSide("reload", args => "ok");
        _ = (ns.Adapter.Rooms, ns.Adapter.SocketIds);
        ns.Adapter.RoomJoined += (room, id) => { };
        ns.Adapter.RoomCreated += room => { };
        ns.Adapter.RoomDeleted += room => { };
        ns.Adapter.RoomLeft += (room, id) => { };
    }

    public static async Task RemoteAsync(RemoteSocket remote)
    {
        _ = (remote.Id, remote.Handshake, remote.Rooms, remote.Data);
        remote.Emit("e");
        await remote.JoinAsync("a");
        await remote.LeaveAsync("a");
        await remote.DisconnectAsync(close: true);
        await remote.EmitWithAckAsync<string>(TimeSpan.FromSeconds(5), "q");
    }

    public static async Task EngineAsync(SocketIOServer io, WebTransportSession session)
    {
        _ = io.Engine.ClientsCount;
        io.Engine.Use(async (context, next) => await next());
        _ = io.Engine.Options;
        io.Engine.Connection += connection => { };
        io.Engine.InitialHeaders += (headers, context) => { };
        io.Engine.Headers += (headers, context) => { };
        io.Engine.ConnectionError += error => { };
        io.Engine.Flush += connection => { };
        io.Engine.Drain += connection => { };
        await io.Engine.OnWebTransportSessionAsync(session);
    }

    public static async Task SocketAsync(Socket socket, Action handler)
    {
        _ = (socket.Id, socket.Data, socket.Recovered, socket.IsConnected);
        _ = (socket.Rooms, socket.Namespace);
        socket.Data["name"] = "Ada";
        _ = socket.Data.Get<string>("name");
        _ = socket.Connection;
        _ = (socket.Connection.Transport, socket.Connection.Protocol, socket.Connection.RemoteAddress);
        socket.Connection.Upgraded += transport => { };
        socket.Connection.PacketReceived += packet => { };
        socket.Connection.PacketCreated += packet => { };
        socket.Connection.Closed += (reason, detail) => { };
        _ = socket.Connection.Request;
        _ = socket.Handshake.GetAuth<Credentials>()?.Token;
        _ = (socket.Handshake.Headers, socket.Handshake.GetQuery("x"), socket.Handshake.Address, socket.Handshake.Url);
        _ = (socket.Handshake.Time, socket.Handshake.Issued, socket.Handshake.IsSecure, socket.Handshake.IsCrossDomain);
        socket.On("sum", (int a, int b) => a + b);
        socket.On("pair", (Ack ack) => ack.Send(1, 2));
        socket.Once("e", handler);
        socket.Off("e", handler);
        socket.Off("e");
        socket.RemoveAllListeners();
        _ = socket.ListenerCount("e");
        socket.Emit("e", 1, "two");
        socket.Send("hi");
        var answer = await socket.EmitWithAckAsync<string>("q");
        answer = await socket.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<string>("q");
        socket.Volatile.Emit("e");
        socket.Compress(false).Emit("e", answer);
        socket.Compress(false).Emit("e");
        await socket.JoinAsync("a");
        await socket.JoinAsync("a", "b");
        await socket.LeaveAsync("a");
        socket.Broadcast.Emit("e");
        socket.Local.Emit("e");
        socket.To("a").Emit("e");
        _ = (socket.In("a"), socket.Except("a"));
        socket.Use(async (packet, next) => await next());
        socket.Use((packet, next) => throw new InvalidOperationException("no"));
        socket.OnError(error => { });
        socket.OnAny(packet => { });
        socket.PrependAny(packet => { }).OffAny();
        _ = socket.ListenersAny;
        socket.OnAnyOutgoing(packet => { });
        socket.PrependAnyOutgoing(packet => { }).OffAnyOutgoing();
        _ = socket.ListenersAnyOutgoing;
        socket.Disconnect();
        socket.Disconnect(close: true);
        socket.OnDisconnecting(end => { });
        socket.OnDisconnect(end => { });
        socket.OnDisconnect(end => Console.WriteLine(end.Reason + end.Detail));
    }
}
