using StackExchange.Redis;

namespace SocketIO.Gateway;

/// <summary>A Redis that answers.</summary>
internal sealed class RedisPrerequisite : IPrerequisite
{
    private readonly ConfigurationOptions _redis;
    private readonly string _where;

    /// <summary>The Redis of a gateway.</summary>
    /// <param name="options">Where it is.</param>
    public RedisPrerequisite(GatewayOptions options)
    {
        _redis = ConfigurationOptions.Parse(options.Silo.Redis);
        _redis.AbortOnConnectFail = true;
        _where = string.Join(", ", _redis.EndPoints);
    }

    public async Task<string?> FindObstacleAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis).WaitAsync(cancellationToken);
            await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
            return null;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return $"Redis at {_where} does not answer: {e.Message}";
        }
    }
}
