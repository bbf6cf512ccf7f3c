using System.Diagnostics.Metrics;

namespace SocketIO.Gateway;

/// <summary>Whether the gateway takes clients, and if not, why. Thread-safe.</summary>
public sealed class GatewayStatus
{
    private readonly Lock _gate = new();
    private string? _reason = "The gateway is starting.";
    private string? _remark;

    /// <param name="meters">Has the meter that shows it.</param>
    public GatewayStatus(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        meters.Create(Telemetry.Name).CreateObservableGauge("socketio.gateway.ready", () => _reason is null ? 1 : 0, description: "1 while the gateway takes clients, else 0.");
    }

    /// <summary>Why it takes no clients; <see langword="null"/>: it does.</summary>
    public string? Reason
    {
        get
        {
            lock (_gate)
            {
                return _remark is null ? _reason : $"{_reason} {_remark}";
            }
        }
    }

    /// <summary>It takes none, for a reason.</summary>
    public void Wait(string reason)
    {
        lock (_gate)
        {
            (_reason, _remark) = (reason, null);
        }
    }

    /// <summary>Adds to the reason what may be behind it. Where it takes clients there is nothing to add to.</summary>
    public void Remark(string remark)
    {
        lock (_gate)
        {
            _remark = _reason is null ? null : remark;
        }
    }

    /// <summary>It takes clients from now on.</summary>
    public void Ready()
    {
        lock (_gate)
        {
            (_reason, _remark) = (null, null);
        }
    }
}
