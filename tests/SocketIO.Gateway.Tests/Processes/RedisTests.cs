using System.Net;

namespace SocketIO.Gateway.Tests;

/// <summary>A gateway whose Redis is not there.</summary>
public sealed class RedisTests
{
    [RedisFact]
    [Trait("Category", "Kill")]
    public async Task Where_all_gateways_have_died_one_at_another_address_takes_their_place()
    {
        using var redis = new RedisProcess();
        redis.Start();
        await using var first = new GatewayProcess("Silo:Clustering=Redis", "Silo:Redis=" + redis.Address);
        await using var second = new GatewayProcess("Silo:Clustering=Redis", "Silo:Redis=" + redis.Address);
        await first.StartAndWaitAsync();
        await second.StartAndWaitAsync();
        using (var joined = await first.Publish.PutAsync("members?room=lobby&member=ada", null))
        {
            Assert.Equal(HttpStatusCode.NoContent, joined.StatusCode);
        }

        first.Kill();
        second.Kill();
        // Longer than the signs of life that are missed.
        await Task.Delay(TimeSpan.FromSeconds(20));
        await using var third = new GatewayProcess("Silo:Clustering=Redis", "Silo:Redis=" + redis.Address);
        await third.StartAndWaitAsync();

        Assert.Contains("ada", await third.Publish.GetStringAsync("members?room=lobby"));
    }

    [RedisFact]
    public async Task It_waits_for_redis_says_so_and_goes_on_without_it_as_far_as_it_can()
    {
        using var redis = new RedisProcess();
        await using var gateway = new GatewayProcess("Silo:Clustering=Redis", "Silo:Redis=" + redis.Address);
        gateway.Start();
        await gateway.UntilReadyAsync($"Unhealthy: Redis at {redis.Address} does not answer: ");
        Assert.Equal("Healthy", await gateway.Operations.GetStringAsync("healthz/live"));
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.DoesNotContain("Unhandled exception", gateway.Output, StringComparison.Ordinal);

        gateway.Start();
        redis.Start();
        await gateway.UntilReadyAsync("Healthy");
        Assert.Equal(HttpStatusCode.NoContent, await JoinAsync("ada"));

        redis.Kill();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await JoinAsync("grace"));
        Assert.Equal("Healthy", await gateway.Operations.GetStringAsync("healthz/live"));
        redis.Start();
        while (await JoinAsync("grace") != HttpStatusCode.NoContent)
        {
            await Task.Delay(200);
        }

        var members = await gateway.Publish.GetStringAsync("members?room=lobby");
        Assert.Contains("ada", members);
        Assert.Contains("grace", members);

        async Task<HttpStatusCode> JoinAsync(string member)
        {
            using var response = await gateway.Publish.PutAsync($"members?room=lobby&member={member}", null);
            return response.StatusCode;
        }
    }
}
