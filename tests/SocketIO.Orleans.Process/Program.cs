// A gateway as a process of its own, for the tests that kill processes: a silo with Redis for membership and storage, and a server with rooms.
using Orleans.Configuration;
using SocketIO.Server;
using StackExchange.Redis;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.AddSimpleConsole(static console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning).AddFilter("SocketIO", LogLevel.Information);
var redis = ConfigurationOptions.Parse(builder.Configuration["redis"] ?? throw new InvalidOperationException("--redis HOST:PORT is missing"));
builder.UseOrleans(silo => silo
    .ConfigureEndpoints(
        System.Net.IPAddress.Loopback,
        builder.Configuration.GetValue<int>("silo-port"),
        builder.Configuration.GetValue<int>("gateway-port"))
    .Configure<ClusterOptions>(static options => (options.ClusterId, options.ServiceId) = ("kill", "kill"))
    // A silo is dead two seconds after it has stopped to answer.
    .Configure<ClusterMembershipOptions>(static options =>
    {
        options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
        options.NumMissedProbesLimit = 3;
        options.NumVotesForDeathDeclaration = 1;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(2);
        options.DefunctSiloCleanupPeriod = null;
    })
    .UseRedisClustering(options => options.ConfigurationOptions = redis)
    .AddRedisGrainStorage("SocketIO", options => options.ConfigurationOptions = redis));
builder.Services.AddSocketIO(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions()).UseOrleans();
var app = builder.Build();
app.MapSocketIO();
var io = app.Services.GetRequiredService<SocketIOServer>();
io.OnConnection(static socket =>
{
    socket.On("join", async (string room) =>
    {
        await socket.JoinAsync(room);
        return "joined";
    });
    socket.On("say", (string room, string publisher, int number) => socket.Server.To(room).Emit("news", room, publisher, number));
});
app.MapGet("/servers", () => io.Sockets.Adapter.GetServerCountAsync());
app.MapGet("/sockets", async () => (await io.FetchSocketsAsync()).Select(static socket => socket.Id).Order());
await app.RunAsync();
