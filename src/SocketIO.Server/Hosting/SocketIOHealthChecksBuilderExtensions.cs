using Microsoft.Extensions.Diagnostics.HealthChecks;
using SocketIO.Server;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets load balancers know whether a Socket.IO server takes clients.</summary>
public static class SocketIOHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of a server's readiness, named <c>socketio</c>: healthy until the server lets its clients go because the host stops or it was closed. It is
    /// about readiness, not liveness: a server that lets its clients go should not be killed for it.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name that the server was added with.</param>
    /// <param name="tags">Tags of the check.</param>
    public static IHealthChecksBuilder AddSocketIO(this IHealthChecksBuilder builder, string name = "", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        return builder.Add(new HealthCheckRegistration(
            name.Length == 0 ? "socketio" : "socketio." + name,
            provider => new ReadinessCheck(provider.GetRequiredKeyedService<SocketIOServer>(name).Engine),
            failureStatus: null,
            tags));
    }

    private sealed class ReadinessCheck(Engine engine) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            engine.IsClosing ? HealthCheckResult.Unhealthy("The server takes no clients any more: it is being stopped.") : HealthCheckResult.Healthy());
    }
}
