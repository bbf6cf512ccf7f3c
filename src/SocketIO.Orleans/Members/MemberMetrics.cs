using System.Diagnostics.Metrics;

namespace SocketIO.Orleans;

/// <summary>What members were refused, in the meter <c>SocketIO.Orleans</c>. Looked up, so that it is there before anything happens.</summary>
internal sealed class MemberMetrics
{
    private readonly long[] _refused = new long[Enum.GetValues<MembershipFailure>().Length];

    public MemberMetrics(IMeterFactory meters) => meters.Create(RelayMetrics.MeterName).CreateObservableCounter(
        "socketio.members.refused", Measure, "{change}", "Joins and leaves of members that were refused, or that the storage has not answered in time.");

    /// <summary>A change has failed.</summary>
    public void Refused(MembershipFailure failure) => Interlocked.Increment(ref _refused[(int)failure]);

    private IEnumerable<Measurement<long>> Measure() => Enum.GetValues<MembershipFailure>()
        .Select(failure => new Measurement<long>(Interlocked.Read(ref _refused[(int)failure]), new KeyValuePair<string, object?>("error.type", failure.ToString())));
}
