using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Gateway.Tests;

/// <summary>Who comes to the interface for back-ends, and how often.</summary>
public sealed class PublishGuardTests
{
    private static readonly string One = new('1', 32);
    private static readonly string Two = new('2', 32);
    private static readonly IServiceProvider Services = new ServiceCollection().AddLogging().AddMetrics().BuildServiceProvider();

    [Fact]
    public async Task A_key_has_so_many_requests_a_second_and_takes_none_of_another_key()
    {
        using var guard = Create(new PublishOptions { Keys = [One, Two], MaxRequestsPerSecond = 3 });
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(204, (await AskAsync(guard, "Bearer " + One)).StatusCode);
        }

        var refused = await AskAsync(guard, "Bearer " + One);
        Assert.Equal(429, refused.StatusCode);
        Assert.Equal("1", refused.Headers.RetryAfter);
        Assert.Equal(204, (await AskAsync(guard, "Bearer " + Two)).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic 11111111111111111111111111111111")]
    [InlineData("Bearer 1111111111111111111111111111111")]
    [InlineData("Bearer 111111111111111111111111111111111")]
    public async Task Who_has_no_key_gets_nothing(string authorization)
    {
        using var guard = Create(new PublishOptions { Keys = [One, Two] });

        var refused = await AskAsync(guard, authorization);

        Assert.Equal(401, refused.StatusCode);
        Assert.Equal("Bearer", refused.Headers.WWWAuthenticate);
    }

    [Theory]
    [InlineData(true, "/socket.io/", 404)]
    [InlineData(true, "/api/v2/emit", 404)]
    [InlineData(false, "/api/v1/emit", 404)]
    [InlineData(false, "/socket.io/", 204)]
    public async Task Neither_is_to_be_had_where_the_other_is(bool isPublish, string path, int status)
    {
        using var guard = Create(new PublishOptions { Keys = [One] });

        Assert.Equal(status, (await AskAsync(guard, "Bearer " + One, isPublish, path)).StatusCode);
    }

    private static PublishGuard Create(PublishOptions options) => new(options, new PublishTelemetry(Services.GetRequiredService<IMeterFactory>()));

    private static async Task<HttpResponse> AskAsync(PublishGuard guard, string authorization, bool isPublish = true, string path = "/api/v1/emit")
    {
        var context = new DefaultHttpContext { RequestServices = Services, Request = { Path = path, Headers = { Authorization = authorization } } };
        context.Features.Set<IHttpMaxRequestBodySizeFeature>(new BodySize());
        if (isPublish)
        {
            context.Features.Set(PublishEndpoint.Instance);
        }

        await guard.GuardAsync(context, static context =>
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });
        return context.Response;
    }

    private sealed class BodySize : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly => false;

        public long? MaxRequestBodySize { get; set; }
    }
}
