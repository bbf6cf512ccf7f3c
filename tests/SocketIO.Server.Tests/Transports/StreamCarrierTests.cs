using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SocketIO.Server.Tests;

/// <summary>What carries a WebSocket within a request, once the request has ended.</summary>
public sealed class StreamCarrierTests
{
    [Fact]
    public void Whoever_aborts_after_the_end_of_the_request_does_not_abort_the_next_one()
    {
        var lifetime = new Lifetime();
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        var carrier = new StreamCarrier(Stream.Null, context);

        carrier.Abort();
        carrier.Release();
        carrier.Abort();

        Assert.Equal(1, lifetime.Aborts);
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public int Aborts { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => Aborts++;
    }
}
