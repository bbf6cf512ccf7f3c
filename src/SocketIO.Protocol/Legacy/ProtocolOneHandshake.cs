using System.Buffers;
using System.Globalization;
using System.Text;

namespace SocketIO.Protocol;

/// <summary>The answer to the handshake of protocol 1, which is not a packet but the body of a response.</summary>
public static class ProtocolOneHandshake
{
    /// <summary>Writes <c>sid ":" heartbeat ":" close ":" transports</c>, times in whole seconds.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="sessionId">The session id, without colons.</param>
    /// <param name="heartbeatTimeout">Within which a client hears something, or takes the connection for lost; <see langword="null"/>: there are no heartbeats.</param>
    /// <param name="closeTimeout">How long a session outlives its transport; <see langword="null"/>: without a limit.</param>
    /// <param name="transports">The transports that a client may use. It tries them in an order of its own.</param>
    public static void Write(
        IBufferWriter<byte> output,
        string sessionId,
        TimeSpan? heartbeatTimeout,
        TimeSpan? closeTimeout,
        ReadOnlySpan<string> transports)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(sessionId);
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{sessionId}:{Seconds(heartbeatTimeout)}:{Seconds(closeTimeout)}:{string.Join(',', transports!)}");
        Encoding.UTF8.GetBytes(line, output);
    }

    // Rounded up: who waits a moment longer loses nothing.
    private static double? Seconds(TimeSpan? time) => time is { } some ? Math.Ceiling(some.TotalSeconds) : null;
}
