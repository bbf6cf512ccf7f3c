using System.Net;
using Microsoft.AspNetCore.Hosting;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class HostingExamples
{
    [Fact]
    public async Task The_host_closes_the_server()
    {
        var reason = new TaskCompletionSource<string>();
        var builder = ExampleServer.CreateBuilder();

        // docs: hosting-shutdown
        builder.Services.AddSocketIO(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));

        var app = builder.Build();
        app.MapSocketIO(io => io.OnConnection(socket =>
            socket.OnDisconnect(end => reason.SetResult(end.Reason))));   // "server shutting down"
        // end

        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAndWaitAsync();
        await app.StopAsync();
        Assert.Equal(CloseReasons.ServerShuttingDown, await reason.Task);
        Assert.Equal("transport close", await client.Closed);
    }

    [Fact]
    public async Task Clients_are_let_go_at_a_pace()
    {
        var builder = ExampleServer.CreateBuilder();

        // docs: hosting-drain
        builder.Services.AddSocketIO(options =>
        {
            options.DrainDelay = TimeSpan.FromSeconds(5);   // load balancers notice
            options.DrainRate = 500;                        // connections a second
        });
        builder.Services.AddHealthChecks().AddSocketIO(tags: ["ready"]);

        var app = builder.Build();
        app.MapHealthChecks("/readyz", new() { Predicate = check => check.Tags.Contains("ready") });
        app.MapSocketIO();
        // end

        app.Services.GetRequiredService<SocketIOServer>().Options.DrainDelay = TimeSpan.Zero;
        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAndWaitAsync();
        using var http = new HttpClient();
        Assert.Equal("Healthy", await http.GetStringAsync(new Uri(new Uri(app.Urls.First()), "/readyz")));
        await app.StopAsync();
        Assert.Equal("transport close", await client.Closed);
    }

    [Fact]
    public async Task Kestrel_endpoints_keep_the_hand_off()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO();

        // docs: hosting-kestrel
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            // endpoint.UseHttps(certificate);   // TLS first
            endpoint.UseSocketIO();
        }));
        // end

        var app = builder.Build();
        app.MapSocketIO(io => io.OnConnection(socket => socket.On("ping", () => "pong")));
        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAsync();
        Assert.Equal("pong", await client.EmitWithAckAsync<string>("ping"));
    }

    [Fact]
    public async Task A_server_can_be_closed_by_hand()
    {
        await using var server = await ExampleServer.StartAsync(_ => { });
        await using var client = await server.ConnectAsync();
        var io = server.IO;

        // docs: hosting-close
        await io.CloseAsync();
        // end

        Assert.Equal("transport close", await client.Closed);
        await Assert.ThrowsAnyAsync<Exception>(() => server.ConnectAsync());
    }
}
