// A silo whose Redis does not answer would fail and be started again, by whoever starts it, ever more slowly. It waits instead, and says for what.
using StackExchange.Redis;

namespace SocketIO.Gateway;

/// <summary>Lets the silo start when Redis answers.</summary>
/// <param name="options">Where Redis is.</param>
/// <param name="status">What is told meanwhile.</param>
/// <param name="logger">The log.</param>
internal sealed partial class RedisGate(GatewayOptions options, GatewayStatus status, ILogger<RedisGate> logger) : IHostedService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var redis = ConfigurationOptions.Parse(options.Silo.Redis);
        redis.AbortOnConnectFail = true;
        var where = string.Join(", ", redis.EndPoints);
        for (var said = ""; ; await Task.Delay(Pause, cancellationToken))
        {
            try
            {
                await using var connection = await ConnectionMultiplexer.ConnectAsync(redis).WaitAsync(cancellationToken);
                await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
                return;
            }
            catch (RedisException e)
            {
                status.Wait($"Redis at {where} does not answer: {e.Message}");
                if (said != e.Message)
                {
                    said = e.Message;
                    LogWaiting(where, e.Message);
                }
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(100, LogLevel.Warning, "Redis at {Where} does not answer; the gateway waits for it: {Message}")]
    private partial void LogWaiting(string where, string message);
}
