using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Protocol;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>The server that the client programs talk to; each line of their <c>VOCABULARY.md</c> is one here.</summary>
internal static partial class ClientVocabulary
{
    private const string Watchers = "watchers";

    public static void Add(IServiceCollection services)
    {
        services.AddSocketIO();
        services.AddSocketIO("msgpack", options =>
        {
            options.Path = "/msgpack";
            options.Parser = PacketParser.MessagePack;
            options.ServeClient = false;
        });
        services.AddSocketIO("recovery", options =>
        {
            options.Path = "/recovery";
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
            options.ServeClient = false;
        });
        services.AddSocketIO("short", options =>
        {
            options.Path = "/short";
            options.PingInterval = TimeSpan.FromMilliseconds(150);
            options.PingTimeout = TimeSpan.FromSeconds(1);
            options.ServeClient = false;
        });
    }

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapSocketIO(io =>
        {
            io.OnConnection(ServeMain);
            io.Of("/rooms").OnConnection(ServeRooms);
            io.Of("/catch").OnConnection(socket =>
                socket.OnAny(received => socket.Emit("caught", [received.Name, .. received.Arguments.ToArray()])));
            Guard(io.Of("/guarded"));
            io.Of("/filtered").OnConnection(Filter);
            io.Of(OrderName()).OnConnection(ServeName);
            io.Of((name, auth) => new(IsTenant(name, auth))).OnConnection(ServeName);
        });
        endpoints.MapSocketIO("msgpack", io => io.OnConnection(ServeMain));
        endpoints.MapSocketIO("short", io => io.OnConnection(ServeMain));
        endpoints.MapSocketIO("recovery", io => io.Use(RefuseOnDemand).OnConnection(ServeRooms));
    }

    private static void ServeMain(Socket socket)
    {
        ServeAll(socket);
        socket.On("echo", (EventArguments args) => socket.Emit("echo", args.ToArray()));
        socket.On("echo-ack", (EventArguments args, Ack ack) => ack.Send(args.ToArray()));
        socket.On("message", (EventArguments args) => socket.Send(args.ToArray()));
        socket.On("sum", (double a, double b) => a + b);
        socket.On("measure", (byte[] bytes, Ack ack) => ack.Send(bytes.Length, bytes.Sum(static b => b)));
        socket.On("count", (int n) =>
        {
            for (var i = 0; i < n; i++)
            {
                socket.Emit("tick", i);
            }
        });
        socket.On("volatile", (int n) =>
        {
            for (var i = 0; i < n; i++)
            {
                socket.Volatile.Emit("tick", i);
            }

            socket.Emit("done");
        });
        socket.On("big", (int n) => new string('x', n));
        socket.On("never", () => { });
        socket.On("twice", (Ack ack) =>
        {
            ack.Send(1);
            ack.Send(2);
        });
        socket.On("ask", async (EventArguments args) =>
        {
            var answer = await socket.EmitWithAckAsync("question", args.ToArray());
            socket.Emit("answered", answer.ToArray());
        });
        socket.On("ask-timeout", async (double milliseconds, EventArguments args) =>
        {
            try
            {
                var answer = await socket.Timeout(TimeSpan.FromMilliseconds(milliseconds)).EmitWithAckAsync("question", args.ToArray()[1..]);
                socket.Emit("answered", answer.ToArray());
            }
            catch (AckTimeoutException e)
            {
                socket.Emit("unanswered", e.Message);
            }
        });
        socket.On("handshake", () => new
        {
            auth = socket.Handshake.Auth,
            query = socket.Handshake.Query.ToDictionary(static pair => pair.Key, static pair => pair.Value.ToString()),
            header = socket.Handshake.Headers["x-vocabulary"].FirstOrDefault(),
        });
        socket.On("transport", () => socket.Connection.Transport);
    }

    private static void ServeRooms(Socket socket)
    {
        var ns = socket.Namespace;
        ServeAll(socket);
        socket.On("join", async (JsonElement rooms) =>
        {
            await socket.JoinAsync(rooms.ValueKind == JsonValueKind.Array ? rooms.Deserialize<string[]>()! : [rooms.GetString()!]);
            return OtherRooms(socket.Rooms, socket.Id);
        });
        socket.On("leave", async (string room) =>
        {
            await socket.LeaveAsync(room);
            return OtherRooms(socket.Rooms, socket.Id);
        });
        socket.On("cast", (Choice choice, string name, EventArguments args, Ack ack) =>
        {
            choice.Of(socket).Emit(name, args.ToArray()[2..]);
            ack.Send();
        });
        socket.On("poll", async (Choice choice, string name, EventArguments args, Ack ack) =>
        {
            try
            {
                ack.Send(null, (await choice.Of(socket).EmitWithAckAsync<double>(name, args.ToArray()[2..])).Order());
            }
            catch (AckTimeoutException<double> e)
            {
                ack.Send(e.Message, e.Responses.Order());
            }
        });
        socket.On("remember", (JsonElement data, Ack ack) =>
        {
            foreach (var property in data.EnumerateObject())
            {
                socket.Data[property.Name] = property.Value;
            }

            ack.Send();
        });
        socket.On("fetch", async (string room) => (await ns.In(room).FetchSocketsAsync())
            .OrderBy(static member => member.Id, StringComparer.Ordinal)
            .Select(static member => new { id = member.Id, rooms = OtherRooms(member.Rooms, member.Id), data = member.Data.ToDictionary() }));
        socket.On("pull", async (string room, string other, Ack ack) =>
        {
            await ns.In(room).SocketsJoinAsync(other);
            ack.Send();
        });
        socket.On("push", async (string room, string other, Ack ack) =>
        {
            await ns.In(room).SocketsLeaveAsync(other);
            ack.Send();
        });
        socket.On("kick", (string room, bool close, Ack ack) =>
        {
            ack.Send();
            return ns.In(room).DisconnectSocketsAsync(close);
        });
        socket.On("state", () => new
        {
            id = socket.Id,
            recovered = socket.Recovered,
            rooms = OtherRooms(socket.Rooms, socket.Id),
            data = socket.Data.ToDictionary(),
        });
    }

    private static void ServeAll(Socket socket)
    {
        socket.On("id", () => socket.Id);
        socket.On("watch", async (Ack ack) =>
        {
            await socket.JoinAsync(Watchers);
            ack.Send();
        });
        socket.OnDisconnect(end => socket.Namespace.To(Watchers).Emit("left", socket.Id, end.Reason));
        socket.On("disconnect-me", (bool close) => { socket.Disconnect(close); });
        socket.On("close-me", socket.Connection.Close);
    }

    private static void ServeName(Socket socket) => socket.On("nsp", () => socket.Namespace.Name);

    private static void Guard(Namespace ns)
    {
        ns.Use((socket, next) =>
        {
            socket.Data["order"] = new List<int> { 1 };
            return socket.Handshake.Auth.TryGetProperty("plain", out _) ? throw new ConnectRefusedException("plain refusal") : next();
        });
        ns.Use((socket, next) =>
        {
            socket.Data.Get<List<int>>("order")!.Add(2);
            return socket.Handshake.Auth.TryGetProperty("token", out var token) && token.ValueEquals("secret")
                ? next()
                : throw new ConnectRefusedException("not authorized", new { code = 401, fields = new[] { "token" } });
        });
        ns.OnConnection(static socket => socket.On("order", () => socket.Data["order"]));
    }

    private static void Filter(Socket socket)
    {
        socket.Use(static (received, next) => received.Name == "forbidden" ? throw new InvalidOperationException("event refused") : next());
        socket.OnError(error => socket.Emit("refused", error.Message));
        socket.On("echo", (EventArguments args) => socket.Emit("echo", args.ToArray()));
    }

    private static Task RefuseOnDemand(Socket socket, Func<Task> next) =>
        socket.Handshake.Auth.TryGetProperty("refuse", out _) ? throw new ConnectRefusedException("refused by middleware") : next();

    private static bool IsTenant(string name, JsonElement auth) =>
        name.StartsWith("/tenant/", StringComparison.Ordinal)
        && auth.TryGetProperty("tenant", out var tenant)
        && tenant.ValueEquals(name["/tenant/".Length..]);

    private static IEnumerable<string> OtherRooms(IReadOnlySet<string> rooms, string id) =>
        [.. rooms.Where(room => room != id && room != Watchers).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"^/order-\d+$")]
    private static partial Regex OrderName();

    /// <summary>Whom a <c>cast</c> or a <c>poll</c> is for.</summary>
    private sealed record Choice(string From, string[]? To, string[]? Except, bool Volatile, double? Timeout)
    {
        public BroadcastOperator Of(Socket socket)
        {
            var chosen = (From == "socket" ? socket.Broadcast : socket.Namespace.To()).To(To).Except(Except);
            chosen = Volatile ? chosen.Volatile : chosen;
            return Timeout is { } milliseconds ? chosen.Timeout(TimeSpan.FromMilliseconds(milliseconds)) : chosen;
        }
    }
}
