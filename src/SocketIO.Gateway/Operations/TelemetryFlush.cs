// A gateway that stops has its last figures sent while what measures them is still there.
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace SocketIO.Gateway;

/// <summary>Sends what is left when all others have stopped.</summary>
internal sealed class TelemetryFlush(MeterProvider metrics, TracerProvider traces) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Also where the time to stop is over: what it was needed for is of interest.
    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            metrics.ForceFlush((int)Patience.TotalMilliseconds);
            traces.ForceFlush((int)Patience.TotalMilliseconds);
        },
        CancellationToken.None);
}
