// A silo whose Redis or database does not answer would fail and be started again, by whoever starts it, ever more slowly. It waits instead, and says for what.
namespace SocketIO.Gateway;

/// <summary>Lets the silo start when all that it needs is there.</summary>
/// <param name="prerequisites">What it needs.</param>
/// <param name="status">What is told meanwhile.</param>
/// <param name="logger">The log.</param>
internal sealed partial class SiloGate(IEnumerable<IPrerequisite> prerequisites, GatewayStatus status, ILogger<SiloGate> logger) : IHostedService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var prerequisite in prerequisites)
        {
            for (var said = ""; await prerequisite.FindObstacleAsync(cancellationToken) is { } obstacle; await Task.Delay(Pause, cancellationToken))
            {
                status.Wait(obstacle);
                if (said != obstacle)
                {
                    said = obstacle;
                    LogWaiting(obstacle);
                }
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(100, LogLevel.Warning, "The gateway waits: {Obstacle}")]
    private partial void LogWaiting(string obstacle);
}
