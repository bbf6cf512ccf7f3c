// Whoever begins a trace has decided about it. Of what begins here, only what clients and back-ends do is worth one: silos that talk to each other are not.
using OpenTelemetry.Trace;

namespace SocketIO.Gateway;

/// <summary>Decides about traces that begin in the gateway.</summary>
/// <param name="ratio">The share of what clients and back-ends do that is traced, from 0 to 1.</param>
internal sealed class RootSampler(double ratio) : Sampler
{
    private readonly TraceIdRatioBasedSampler _share = new(ratio);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        foreach (var (name, value) in samplingParameters.Tags ?? [])
        {
            if (name == "rpc.system" && Equals(value, "socketio"))
            {
                return _share.ShouldSample(samplingParameters);
            }
        }

        return new SamplingResult(SamplingDecision.Drop);
    }
}
