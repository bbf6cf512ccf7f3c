using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>A live server under a clock that the recording moves.</summary>
internal sealed class CaptureHost : IAsyncDisposable
{
    private readonly SemaphoreSlim _begun = new(0);
    private TestServerHost? _host;

    private CaptureHost()
    {
    }

    public ManualTimeProvider Time { get; } = new();

    public static async Task<CaptureHost> StartAsync(CaptureProfile profile)
    {
        var host = new CaptureHost();
        host._host = await TestServerHost.StartAsync(
            services => services.AddSocketIO(profile.Configure),
            app =>
            {
                app.Use(host.CountAsync);
                app.MapSocketIO(profile.Map);
            },
            time: host.Time);
        return host;
    }

    /// <summary>The port that a recorded client is sent to.</summary>
    public int PortFor(CapturedExchange exchange) => _host!.Url.Port;

    /// <summary>Waits until one more request has come to where it waits for something else than the server.</summary>
    public async Task HasBegunAsync() => Assert.True(await _begun.WaitAsync(Patience.Limit), "A request has not reached the server.");

    public async ValueTask DisposeAsync()
    {
        await _host!.DisposeAsync();
        _begun.Dispose();
    }

    private async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        var serving = next(context);
        _begun.Release();
        await serving;
    }
}
