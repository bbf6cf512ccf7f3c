// Health and metrics have a server of their own: it is up before the silo has joined, which may take long, and until the last client has gone.
using OpenTelemetry.Metrics;

namespace SocketIO.Gateway;

/// <summary>Serves <c>/healthz/live</c>, <c>/healthz/ready</c> and <c>/metrics</c>.</summary>
/// <param name="options">Where.</param>
/// <param name="status">Whether the gateway is ready.</param>
/// <param name="loggers">The gateway's log.</param>
public sealed class OperationsServer(GatewayOptions options, GatewayStatus status, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private WebApplication? _app;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.WebHost.ConfigureKestrel(kestrel => ListenAddress.Parse(options.Operations.Listen)!.Listen(kestrel, static _ => { }));
        builder.Services.AddOpenTelemetry().WithMetrics(static metrics => metrics.AddMeter(Telemetry.Meters).AddPrometheusExporter());
        _app = builder.Build();
        _app.MapGet("/healthz/live", static () => "Healthy");
        _app.MapGet("/healthz/ready", () => status.Reason is { } reason ? Results.Text("Unhealthy: " + reason, statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("Healthy"));
        _app.MapPrometheusScrapingEndpoint();
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new SettingsException($"{GatewayOptions.Section}:Operations:Listen is '{options.Operations.Listen}'; allowed: an address of this machine that is free. {e.Message}");
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? default;

    /// <summary>It lives as long as the gateway, who hears the signals.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
