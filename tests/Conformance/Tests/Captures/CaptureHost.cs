using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>A live server under a clock that the recording moves.</summary>
internal sealed class CaptureHost : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, Task> _serving = new();
    private readonly SemaphoreSlim _begun = new(0);
    private readonly int _policyPort = FindFreePort();
    private TestServerHost? _host;

    private CaptureHost()
    {
    }

    public ManualTimeProvider Time { get; } = new();

    public static async Task<CaptureHost> StartAsync(CaptureProfile profile)
    {
        var host = new CaptureHost();
        host._host = await TestServerHost.StartAsync(
            services => services.AddSocketIO(options =>
            {
                profile.Configure(options);
                options.FlashPolicy!.Port = host._policyPort;
            }),
            app =>
            {
                app.Use(host.CountAsync);
                app.MapSocketIO(profile.Map);
            },
            time: host.Time);
        return host;
    }

    /// <summary>The port that a recorded client is sent to.</summary>
    public int PortFor(CapturedExchange exchange) => exchange.Connection.StartsWith("flash policy server", StringComparison.Ordinal)
        ? _policyPort
        : _host!.Url.Port;

    /// <summary>Waits until one more request has come to where it waits for something else than the server.</summary>
    public async Task HasBegunAsync() => Assert.True(await _begun.WaitAsync(Patience.Limit), "A request has not reached the server.");

    /// <summary>Waits until the server has noticed that a client has gone.</summary>
    /// <param name="port">The client's port.</param>
    public Task HasEndedAsync(int port) => _serving.TryGetValue(port, out var serving) ? serving.ContinueWith(static _ => { }, TaskScheduler.Default).Soon() : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _host!.DisposeAsync();
        _begun.Dispose();
    }

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        var serving = next(context);
        _serving[context.Connection.RemotePort] = serving;
        _begun.Release();
        await serving;
    }
}
