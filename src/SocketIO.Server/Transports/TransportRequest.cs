// A request and its answer as values of their own: a request that arrived elsewhere is served in the same way.
namespace SocketIO.Server;

/// <summary>An HTTP request of a polling session, as far as the transport needs it.</summary>
internal sealed class TransportRequest
{
    public required string Method { get; init; }

    public string? ContentType { get; init; }

    /// <summary>The body of a POST.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>How this request's answer is formed; <see langword="null"/>: as the session's others.</summary>
    public PollingForm? Form { get; init; }

    /// <summary>Cancelled when the client has gone.</summary>
    public CancellationToken Aborted { get; init; }

    /// <summary>
    /// Cancelled when the server where the request arrived has died, and with it the way back: the client will ask again elsewhere, and what waits for it
    /// waits on.
    /// </summary>
    public CancellationToken Withdrawn { get; init; }
}

/// <summary>The answer to a <see cref="TransportRequest"/>.</summary>
internal sealed class TransportResponse
{
    public const string BinaryContent = "application/octet-stream";

    public static readonly TransportResponse BadRequest = new() { StatusCode = 400 };

    public static readonly TransportResponse MethodNotAllowed = new() { StatusCode = 405 };

    public static readonly TransportResponse ServerError = new() { StatusCode = 500 };

    public static readonly TransportResponse Ok = new() { StatusCode = 200, ContentType = "text/html", Body = "ok"u8.ToArray() };

    public required int StatusCode { get; init; }

    public string? ContentType { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether the body may be compressed for a client that accepts it.</summary>
    public bool Compress { get; init; }
}
