using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace SocketIO.Gateway;

/// <summary>What the gateway tells of itself.</summary>
internal static class Telemetry
{
    /// <summary>The source of activities and the meter of the gateway itself.</summary>
    public const string Name = "SocketIO.Gateway";

    /// <summary>The meters of all that is in the process.</summary>
    public static string[] Meters { get; } = ["SocketIO.*", "Microsoft.Orleans", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Sends metrics, traces and logs to a collector.</summary>
    /// <returns>Whether there is one.</returns>
    public static bool AddTelemetry(this IServiceCollection services, OtlpOptions? options)
    {
        if (options is null)
        {
            return false;
        }

        services.AddOpenTelemetry()
            // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, where they are set, say more.
            .ConfigureResource(static resource => resource.AddService("socketio-gateway", serviceInstanceId: Environment.MachineName).AddEnvironmentVariableDetector())
            .WithMetrics(static metrics => metrics.AddMeter(Meters))
            .WithTracing(tracing => tracing.AddSource("SocketIO.*", "Microsoft.Orleans.Application").SetSampler(new ParentBasedSampler(new RootSampler(options.TraceRatio))))
            .WithLogging()
            .UseOtlpExporter(options.Protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf, new Uri(options.Endpoint));
        services.AddHostedService<TelemetryFlush>();
        return true;
    }
}
