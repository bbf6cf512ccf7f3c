// The seam to whatever HTTP/3 server an application has: Socket.IO needs one stream of a session, and its end.
using System.IO.Pipelines;

namespace SocketIO.Server;

/// <summary>
/// A client's WebTransport session that the application has accepted and hands to <see cref="Engine.OnWebTransportSessionAsync"/>.
/// </summary>
/// <remarks>Not named as ASP.NET Core's preview interface, so that a program can see both.</remarks>
public abstract class WebTransportSession
{
    /// <summary>The client's address, or <see langword="null"/> where it is not known.</summary>
    public virtual string? RemoteAddress => null;

    /// <summary>Waits for the next bidirectional stream that the client opens; streams of one direction are passed over.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The stream, or <see langword="null"/>: the session has ended.</returns>
    public abstract ValueTask<IDuplexPipe?> AcceptStreamAsync(CancellationToken cancellationToken);

    /// <summary>Ends the session and all its streams at once. May be called more than once, and on any thread.</summary>
    public abstract void Close();
}
