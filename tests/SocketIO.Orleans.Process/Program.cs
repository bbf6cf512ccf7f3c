// A gateway as a process of its own, for the tests that kill and stop processes: a silo with Redis for membership and storage, and a server with rooms.
using Orleans.Configuration;
using SocketIO.Orleans;
using SocketIO.Server;
using StackExchange.Redis;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.AddSimpleConsole(static console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff ")).SetMinimumLevel(LogLevel.Warning).AddFilter("SocketIO", LogLevel.Information);
var redis = ConfigurationOptions.Parse(builder.Configuration["redis"] ?? throw new InvalidOperationException("--redis HOST:PORT is missing"));
builder.UseOrleans(silo => silo
    .ConfigureEndpoints(
        System.Net.IPAddress.Loopback,
        builder.Configuration.GetValue<int>("silo-port"),
        builder.Configuration.GetValue<int>("gateway-port"))
    .Configure<ClusterOptions>(static options => (options.ClusterId, options.ServiceId) = ("kill", "kill"))
    // A silo is dead six seconds after it has stopped to answer: a busy machine stands still for less.
    .Configure<ClusterMembershipOptions>(static options =>
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(2);
        options.NumMissedProbesLimit = 3;
        options.NumVotesForDeathDeclaration = 1;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(2);
        // After the death of all, the first to start takes those for dead that were silent for three of these.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
        options.DefunctSiloCleanupPeriod = null;
    })
    .UseRedisClustering(options => options.ConfigurationOptions = redis)
    .AddRedisGrainStorage("SocketIO", options => options.ConfigurationOptions = redis));
builder.Services.AddSocketIO(static options =>
{
    options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
    options.DrainRate = 50;
}).UseOrleans();
builder.Services.AddHealthChecks().AddSocketIO();
var app = builder.Build();
app.MapSocketIO();
app.MapHealthChecks("/ready");
var io = app.Services.GetRequiredService<SocketIOServer>();
var grains = app.Services.GetRequiredService<IGrainFactory>();
io.Use(static async (socket, next) =>
{
    if (socket.Handshake.Auth.TryGetProperty("user", out var user))
    {
        await socket.IdentifyAsync(user.GetString()!);
    }

    await next();
});
io.OnConnection(socket =>
{
    socket.On("join", async (string room) =>
    {
        await socket.JoinAsync(room);
        return "joined";
    });
    socket.On("enlist", async (string room, string user) =>
    {
        await grains.GetRoom("/", room).AddMemberAsync(user);
        return "enlisted";
    });
    socket.On("say", (string room, string publisher, int number) => socket.Server.To(room).Emit("news", room, publisher, number));
    socket.On("end", (string publisher) => socket.Server.Emit("end", publisher));
});
app.MapGet("/servers", () => io.Sockets.Adapter.GetServerCountAsync());
app.MapGet("/sockets", async () => (await io.FetchSocketsAsync()).Select(static socket => socket.Id));
app.MapGet("/connections", () => io.Engine.Connections.Select(static connection => connection.Id));
app.MapGet("/members/{room}", async (string room) =>
{
    var members = new List<string>();
    for (ulong? next = 0; next is { } cursor;)
    {
        var page = await grains.GetRoom("/", room).GetMembersAsync(cursor);
        members.AddRange(page.Members);
        next = page.Next;
    }

    return members;
});
await app.RunAsync();
