using SocketIO.Server;

namespace SocketIO.Gateway;

/// <summary>Closes connections that are old enough: after gateways have been added, clients find their way to them.</summary>
/// <param name="options">How old they may be.</param>
/// <param name="io">The server.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectionAge(GatewayOptions options, SocketIOServer io, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            CloseOld(time.GetUtcNow());
        }
    }

    /// <summary>Closes those that are old enough at a time.</summary>
    internal void CloseOld(DateTimeOffset now)
    {
        foreach (var connection in io.Engine.Connections)
        {
            if (now - connection.Request.Issued >= GetAge(connection.Id))
            {
                connection.Close();
            }
        }
    }

    // Up to a tenth more, and always the same for a connection.
    private TimeSpan GetAge(string id) => options.MaxConnectionAge!.Value * (1 + ((uint)id.GetHashCode(StringComparison.Ordinal) / (10.0 * uint.MaxValue)));
}
