using System.Diagnostics.Metrics;

namespace SocketIO.Orleans;

/// <summary>What members were refused, in the meter <c>SocketIO.Orleans</c>.</summary>
internal sealed class MemberMetrics
{
    private readonly Counter<long> _refused;

    public MemberMetrics(IMeterFactory meters) => _refused = meters.Create(RelayMetrics.MeterName).CreateCounter<long>(
        "socketio.members.refused", "{change}", "Joins and leaves of members that were refused, or that the storage has not answered in time.");

    /// <summary>A change has failed.</summary>
    public void Refused(MembershipFailure failure) => _refused.Add(1, new KeyValuePair<string, object?>("error.type", failure.ToString()));
}
