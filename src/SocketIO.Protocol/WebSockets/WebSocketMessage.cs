namespace SocketIO.Protocol;

/// <summary>A complete WebSocket message or control frame, unmasked, defragmented and inflated.</summary>
/// <remarks>
/// The payload is borrowed: it is valid until the next <see cref="WebSocketMessageReader.TryRead"/>, the reader's
/// <see cref="WebSocketMessageReader.Dispose"/>, or the release of the input it was read from, whichever is first.
/// </remarks>
public readonly struct WebSocketMessage
{
    internal WebSocketMessage(WebSocketOpcode opcode, ReadOnlyMemory<byte> payload)
    {
        Opcode = opcode;
        Payload = payload;
    }

    /// <summary>What it is; never <see cref="WebSocketOpcode.Continuation"/>.</summary>
    public WebSocketOpcode Opcode { get; }

    /// <summary>The content. Text and the reason of a close frame are valid UTF-8, and a close frame's code is one that may be sent.</summary>
    public ReadOnlyMemory<byte> Payload { get; }
}
