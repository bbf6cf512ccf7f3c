// Every test has a server of its own, in its own process, on real TCP and on a port that nobody else has.
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>A running host with Kestrel on 127.0.0.1.</summary>
internal sealed class TestServerHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServerHost(WebApplication app, Uri url, ManualTimeProvider? time)
    {
        _app = app;
        Url = url;
        Time = time;
        Http = new HttpClient { BaseAddress = url, Timeout = Patience.Limit };
    }

    public Uri Url { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public SocketIOServer IO => Services.GetRequiredService<SocketIOServer>();

    public Engine Engine => Services.GetService<Engine>() ?? IO.Engine;

    /// <summary>The server's clock where the test holds it.</summary>
    private ManualTimeProvider? Time { get; }

    /// <summary>Starts a host with whatever servers the caller adds and maps.</summary>
    public static async Task<TestServerHost> StartAsync(
        Action<IServiceCollection> add,
        Action<WebApplication> map,
        Action<ListenOptions>? listen = null,
        ManualTimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, endpoint => listen?.Invoke(endpoint)));
        if (time is not null)
        {
            builder.Services.AddSingleton<TimeProvider>(time);
        }

        add(builder.Services);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new TestServerHost(app, new Uri(address), time);
    }

    /// <summary>Starts a host with one Socket.IO server.</summary>
    public static Task<TestServerHost> StartSocketIOAsync(
        Action<SocketIOOptions>? configure = null,
        Action<SocketIOServer>? map = null,
        Action<ListenOptions>? listen = null,
        ManualTimeProvider? time = null) =>
        StartAsync(services => services.AddSocketIO(configure), app => app.MapSocketIO(map), listen, time);

    /// <summary>Starts a host with one bare Engine.IO server.</summary>
    public static Task<TestServerHost> StartEngineIOAsync(
        Action<EngineOptions>? configure = null,
        Action<Engine>? map = null,
        ManualTimeProvider? time = null) =>
        StartAsync(services => services.AddEngineIO(configure), app => app.MapEngineIO(map), null, time);

    /// <summary>Begins to stop the host, as a signal would.</summary>
    public async Task StopAsync()
    {
        var stopping = _app.StopAsync();
        // Whoever holds the clock has to let the shutdown's own limits pass.
        while (Time is { } time && !stopping.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(stopping, Task.Delay(5));
        }

        await stopping;
    }

    public async ValueTask DisposeAsync()
    {
        // Nobody is waited for: the clients of a test that is over take no leave.
        await _app.StopAsync(new CancellationToken(canceled: true));
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
