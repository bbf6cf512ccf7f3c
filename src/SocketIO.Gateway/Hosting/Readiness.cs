namespace SocketIO.Gateway;

/// <summary>Follows the host: ready when everything has started, and no more as soon as it is to stop.</summary>
/// <param name="status">What is told.</param>
/// <param name="lifetime">The host's life.</param>
internal sealed class Readiness(GatewayStatus status, IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        status.Wait("The silo is joining the cluster.");
        lifetime.ApplicationStarted.Register(status.Ready);
        lifetime.ApplicationStopping.Register(() => status.Wait("The gateway is stopping: it lets its clients go."));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
