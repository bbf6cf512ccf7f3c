using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Features;

namespace SocketIO.Gateway;

/// <summary>Stands before the interface for back-ends: who has no key gets nothing, and who has one gets so many requests of such a size.</summary>
internal sealed class PublishGuard : IDisposable
{
    /// <summary>Below which path the interface is.</summary>
    public const string Path = "/api/v1";

    private readonly PublishOptions _options;
    private readonly PublishTelemetry _telemetry;
    private readonly (byte[] Hash, RateLimiter Limiter)[] _keys;

    public PublishGuard(PublishOptions options, PublishTelemetry telemetry)
    {
        _options = options;
        _telemetry = telemetry;
        _keys = Array.ConvertAll(options.Keys, key => (Hash(key), (RateLimiter)new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.MaxRequestsPerSecond,
            TokensPerPeriod = options.MaxRequestsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        })));
    }

    public async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var isPublish = context.Features.Get<PublishEndpoint>() is not null;
        // Neither is to be had where the other is.
        if (isPublish != context.Request.Path.StartsWithSegments(Path))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await (isPublish ? _telemetry.RunAsync(context, admitted => AdmitAsync(admitted, next)) : next(context));
    }

    public void Dispose()
    {
        foreach (var (_, limiter) in _keys)
        {
            limiter.Dispose();
        }
    }

    private async Task AdmitAsync(HttpContext context, RequestDelegate next)
    {
        if (Find(context.Request.Headers.Authorization.ToString()) is not { } limiter)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, "There is no such key.");
            return;
        }

        using var lease = limiter.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            context.Response.Headers.RetryAfter = "1";
            await RefuseAsync(context, StatusCodes.Status429TooManyRequests, $"More than {_options.MaxRequestsPerSecond} requests a second.");
            return;
        }

        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = _options.MaxBodyBytes;
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, e.StatusCode, e.InnerException?.Message ?? e.Message);
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= StatusCodes.Status400BadRequest and var status })
        {
            await RefuseAsync(context, status, status == StatusCodes.Status413PayloadTooLarge ? $"A body too large: it may have {_options.MaxBodyBytes} bytes." : null);
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string? detail) => Results.Problem(detail, statusCode: status).ExecuteAsync(context);

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    // All are compared, and each in a time that tells nothing.
    private RateLimiter? Find(string authorization)
    {
        const string Scheme = "Bearer ";
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var hash = Hash(authorization[Scheme.Length..]);
        RateLimiter? found = null;
        foreach (var (known, limiter) in _keys)
        {
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? limiter : found;
        }

        return found;
    }
}
