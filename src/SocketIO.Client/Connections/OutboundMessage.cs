namespace SocketIO.Client;

/// <summary>The body of a WebSocket message.</summary>
internal readonly record struct OutboundMessage(ReadOnlyMemory<byte> Body, bool IsBinary);
