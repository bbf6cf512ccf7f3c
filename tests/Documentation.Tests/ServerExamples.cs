using SocketIO.Server;

namespace Documentation.Tests;

public sealed class ServerExamples
{
    [Fact]
    public async Task Options_are_set_in_code()
    {
        var builder = ExampleServer.CreateBuilder();

        // docs: server-options
        builder.Services.AddSocketIO(options =>
        {
            options.PingInterval = TimeSpan.FromSeconds(10);
            options.MaxHttpBufferSize = 5_000_000;
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
        });
        // end

        var app = builder.Build();
        app.MapSocketIO();
        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAsync();
        Assert.NotNull(client.PrivateId);
        Assert.Equal(5_000_000, server.IO.Options.MaxHttpBufferSize);
    }

    [Fact]
    public async Task Options_come_from_configuration()
    {
        var builder = ExampleServer.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["SocketIO:Path"] = "/live",
            ["SocketIO:PingInterval"] = "00:00:10",
            ["SocketIO:ConnectionStateRecovery:MaxDisconnectionDuration"] = "00:05:00",
        });

        // docs: server-configuration
        builder.Services.AddSocketIO(options => builder.Configuration.GetSection("SocketIO").Bind(options));
        // end

        var app = builder.Build();
        app.MapSocketIO();
        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAsync(path: "/live/");
        Assert.Equal(TimeSpan.FromSeconds(10), server.IO.Options.PingInterval);
        Assert.Equal(TimeSpan.FromMinutes(5), server.IO.Options.ConnectionStateRecovery!.MaxDisconnectionDuration);
    }

    [Fact]
    public async Task A_wrong_option_stops_the_start()
    {
        var builder = ExampleServer.CreateBuilder();
        builder.Services.AddSocketIO(options => options.PingInterval = TimeSpan.Zero);
        await using var app = builder.Build();

        var error = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => app.StartAsync());

        Assert.Equal("SocketIOOptions.PingInterval is '00:00:00'; allowed: 1 ms to 1 day.", error.Message);
    }

    [Fact]
    public async Task The_server_is_injected_into_endpoints()
    {
        var builder = ExampleServer.CreateBuilder();
        builder.Services.AddSocketIO();
        var app = builder.Build();

        // docs: server-injection
        app.MapSocketIO();
        app.MapPost("/news", (string title, SocketIOServer io) => io.Emit("news", title));
        // end

        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAsync();
        using var http = server.CreateHttpClient();
        using var response = await http.PostAsync("/news?title=Hello", null);
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal("Hello", (await client.NextAsync("news")).Get<string>());
    }

    [Fact]
    public async Task A_background_service_sends()
    {
        var builder = ExampleServer.CreateBuilder();
        builder.Services.AddSocketIO();
        builder.Services.AddHostedService<Clock>();
        var app = builder.Build();
        app.MapSocketIO();
        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAsync();
        Assert.True((await client.NextAsync("time")).Get<DateTimeOffset>() > DateTimeOffset.UnixEpoch);
    }

    // docs: server-background
    private sealed class Clock(SocketIOServer io) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                io.Emit("time", DateTimeOffset.UtcNow);
            }
        }
    }
    // end
}
