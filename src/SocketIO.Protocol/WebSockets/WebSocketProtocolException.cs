using System.Diagnostics.CodeAnalysis;

namespace SocketIO.Protocol;

/// <summary>The peer broke a rule of RFC 6455 or RFC 7692, or sent more than it may. The connection can't go on.</summary>
public sealed class WebSocketProtocolException : Exception
{
    /// <summary>Makes an exception with the code that tells the peer why.</summary>
    /// <param name="closeCode">The code for the close frame to send.</param>
    /// <param name="message">What was wrong and what was expected.</param>
    /// <param name="innerException">What revealed it, if that was another exception.</param>
    public WebSocketProtocolException(ushort closeCode, string message, Exception? innerException = null)
        : base(message, innerException) => CloseCode = closeCode;

    /// <summary>
    /// The code for the close frame that answers it: 1002 protocol error, 1007 invalid payload, 1009 message too big
    /// (RFC 6455, section 7.4.1).
    /// </summary>
    public ushort CloseCode { get; }

    [DoesNotReturn]
    internal static void ThrowProtocolError(string message) => throw new WebSocketProtocolException(WebSocketCloseCode.ProtocolError, message);

    [DoesNotReturn]
    internal static void ThrowInvalidPayload(string message, Exception? innerException = null) =>
        throw new WebSocketProtocolException(WebSocketCloseCode.InvalidPayload, message, innerException);

    [DoesNotReturn]
    internal static void ThrowTooBig(int maxMessageBytes) =>
        throw new WebSocketProtocolException(WebSocketCloseCode.MessageTooBig, $"The message is larger than the {maxMessageBytes} bytes that are allowed.");
}
