using System.Diagnostics.Metrics;

namespace SocketIO.Gateway;

/// <summary>Whether the gateway takes clients, and if not, why. Thread-safe.</summary>
public sealed class GatewayStatus
{
    private volatile string? _reason = "The gateway is starting.";

    /// <param name="meters">Has the meter that shows it.</param>
    public GatewayStatus(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        meters.Create(Telemetry.Name).CreateObservableGauge("socketio.gateway.ready", () => _reason is null ? 1 : 0, description: "1 while the gateway takes clients, else 0.");
    }

    /// <summary>Why it takes no clients; <see langword="null"/>: it does.</summary>
    public string? Reason => _reason;

    /// <summary>It takes none, for a reason.</summary>
    public void Wait(string reason) => _reason = reason;

    /// <summary>It takes clients from now on.</summary>
    public void Ready() => _reason = null;
}
