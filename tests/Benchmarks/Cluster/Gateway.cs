using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;
using Orleans.Runtime;
using SocketIO.Server;
using StackExchange.Redis;

namespace SocketIO.Benchmarks.Cluster;

/// <summary>A silo with Redis for membership and storage, and a server that is a gateway.</summary>
internal static class Gateway
{
    // What is sent to it is for this room, and its sockets do not get it.
    private const string Room = "relay";
    private const string Muted = "relay:muted";

    public static WebApplication Create(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        if (builder.Configuration["log"] is not null)
        {
            builder.Logging.AddSimpleConsole(static console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        }

        var redis = ConfigurationOptions.Parse(builder.Configuration["redis"] ?? throw new InvalidOperationException("--redis HOST:PORT is missing."));
        builder.UseOrleans(silo => silo
            .ConfigureEndpoints(IPAddress.Loopback, FindPort(), FindPort())
            .Configure<ClusterOptions>(static options => (options.ClusterId, options.ServiceId) = ("benchmark", "benchmark"))
            .UseRedisClustering(options => options.ConfigurationOptions = redis)
            .AddRedisGrainStorage("SocketIO", options => options.ConfigurationOptions = redis));
        builder.Services.AddSocketIO(options =>
        {
            options.ServeClient = false;
            builder.Configuration.GetSection("SocketIO").Bind(options);
        }).UseOrleans();
        var app = builder.Build();
        app.MapSocketIO(io =>
        {
            Handlers.Map(io);
            MapRelay(io);
        });
        app.MapGet("/stats", WriteStatsAsync);
        return app;
    }

    /// <summary>"relay"(count, x): so many packets for all gateways that have a client; the clients get the last one alone.</summary>
    private static void MapRelay(SocketIOServer io) => io.OnConnection(socket => socket
        .On("mute", () => socket.JoinAsync([Room, Muted]))
        .On("relay", (int count, string value) =>
        {
            for (var i = 1; i < count; i++)
            {
                io.To(Room).Except(Muted).Emit("msg", value);
            }

            io.To(Room).Emit("msg", value);
        }));

    private static async Task WriteStatsAsync(HttpContext context, SocketIOServer io, IGrainFactory grains, bool collect = false)
    {
        var sessions = await grains.GetGrain<IManagementGrain>(0).GetActiveGrains(GrainType.Create("socketio.session"));
        await context.Response.WriteAsJsonAsync(ServerStats.Of(io, collect, sessions.Count));
    }

    private static int FindPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
