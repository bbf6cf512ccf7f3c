// Kestrel's WebTransport is a preview feature (HTTP/3 only, behind a runtime switch): who uses it says so by the same attribute.
using System.IO.Pipelines;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace SocketIO.Server;

/// <summary>A WebTransport session of Kestrel.</summary>
/// <param name="session">What <c>IHttpWebTransportFeature.AcceptAsync</c> gave.</param>
/// <param name="remoteAddress">The client's address, where it is known.</param>
[RequiresPreviewFeatures("Kestrel's WebTransport is a preview feature.")]
public sealed class KestrelWebTransportSession(IWebTransportSession session, string? remoteAddress) : WebTransportSession
{
    // RFC 9114, section 8.1: H3_NO_ERROR.
    private const int NoError = 0x100;

    /// <inheritdoc/>
    public override string? RemoteAddress => remoteAddress;

    /// <inheritdoc/>
    public override async ValueTask<IDuplexPipe?> AcceptStreamAsync(CancellationToken cancellationToken)
    {
        while (await session.AcceptStreamAsync(cancellationToken).ConfigureAwait(false) is { } stream)
        {
            if (stream.Features.Get<IStreamDirectionFeature>() is { CanRead: true, CanWrite: true })
            {
                return stream.Transport;
            }

            await stream.DisposeAsync().ConfigureAwait(false);
        }

        return null;
    }

    /// <inheritdoc/>
    public override void Close() => session.Abort(NoError);
}
