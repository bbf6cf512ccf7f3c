// The servers' part in the host's life: clients are told before the web server stops.
using Microsoft.Extensions.Hosting;

namespace SocketIO.Server;

/// <summary>Closes a Socket.IO server when the host begins to stop.</summary>
internal sealed class SocketIOHostedService(SocketIOServer server) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await server.CloseAsync().ConfigureAwait(false);
        await server.Engine.WaitUntilClosedAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        server.Engine.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>Closes the bare Engine.IO server when the host begins to stop.</summary>
internal sealed class EngineHostedService(Engine engine) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        engine.Close();
        return engine.WaitUntilClosedAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        engine.Dispose();
        return Task.CompletedTask;
    }
}
