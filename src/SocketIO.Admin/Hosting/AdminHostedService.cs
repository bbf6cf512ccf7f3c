using Microsoft.Extensions.Hosting;

namespace SocketIO.Admin;

/// <summary>Looks at the server from before its first client until its end.</summary>
/// <param name="get">Makes what looks, once the options are known to be good.</param>
internal sealed class AdminHostedService(Func<AdminServer> get) : IHostedLifecycleService
{
    private AdminServer? _admin;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _admin = get();
        _admin.Attach();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _admin!.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        _admin?.Dispose();
        return Task.CompletedTask;
    }
}
