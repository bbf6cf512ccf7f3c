using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SocketIO.Server.Tests;

/// <summary>What brings WebSocket bytes to the server.</summary>
public enum Carrier
{
    /// <summary>Kestrel's connection, handed over after the upgrade.</summary>
    HandOff,

    /// <summary>Kestrel's upgraded stream.</summary>
    Stream,

    /// <summary>A WebSocket of the in-memory test server.</summary>
    TestServer,
}

/// <summary>A bare Engine.IO server and the ways to reach it, on a clock of its own.</summary>
public sealed class EngineHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EngineHost(WebApplication app, Carrier carrier, ManualTimeProvider time)
    {
        _app = app;
        Carrier = carrier;
        Time = time;
    }

    public Carrier Carrier { get; }

    public ManualTimeProvider Time { get; }

    public Engine Engine => _app.Services.GetRequiredService<Engine>();

    public static async Task<EngineHost> StartAsync(Carrier carrier, Action<EngineOptions>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddEngineIO(configure);
        var time = new ManualTimeProvider();
        builder.Services.AddSingleton<TimeProvider>(time);
        if (carrier == Carrier.TestServer)
        {
            builder.WebHost.UseTestServer();
        }
        else
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        }

        if (carrier == Carrier.Stream)
        {
            // Defaults of the application's own: without the hand-off.
            builder.Services.Configure<KestrelServerOptions>(static options => options.ConfigureEndpointDefaults(static _ => { }));
        }

        var app = builder.Build();
        app.MapEngineIO();
        await app.StartAsync();
        return new EngineHost(app, carrier, time);
    }

    public HttpClient CreateHttpClient() =>
        Carrier == Carrier.TestServer ? _app.GetTestClient() : new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };

    public async Task<WebSocket> ConnectWebSocketAsync(string query = "")
    {
        query = "EIO=4&transport=websocket" + query;
        if (Carrier == Carrier.TestServer)
        {
            return await Patience.Within(_app.GetTestServer().CreateWebSocketClient().ConnectAsync(new Uri("ws://localhost/engine.io/?" + query), CancellationToken.None));
        }

        var socket = new ClientWebSocket();
        await Patience.Within(socket.ConnectAsync(new UriBuilder(_app.Urls.First()) { Scheme = "ws", Path = "/engine.io/", Query = query }.Uri, CancellationToken.None));
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        // The server gives its clients time to go: it is ours to give.
        var stopping = _app.StopAsync();
        while (await Task.WhenAny(stopping, Task.Delay(5)) != stopping)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        await stopping;
        await _app.DisposeAsync();
    }
}
