// A server's part in the host's life: clients are told before the web server stops.
using Microsoft.Extensions.Hosting;

namespace SocketIO.Server;

/// <summary>Lets a server's clients go when the host begins to stop, closes it, and waits for what is left of them as long as they may take.</summary>
/// <param name="engine">The server's engine.</param>
/// <param name="close">Closes the server.</param>
internal sealed class EngineHostedService(Engine engine, Func<Task> close) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await engine.DrainAsync(cancellationToken).ConfigureAwait(false);
        await close().ConfigureAwait(false);
        await engine.WaitUntilClosedAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        engine.Dispose();
        return Task.CompletedTask;
    }
}
