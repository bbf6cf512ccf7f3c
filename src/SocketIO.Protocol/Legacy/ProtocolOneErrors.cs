namespace SocketIO.Protocol;

/// <summary>The errors of protocol 1, <c>reason ["+" advice]</c>, and what a CONNECT_ERROR has in their place.</summary>
internal static class ProtocolOneErrors
{
    private static readonly Error[] All =
    [
        new("0"u8, """{"message":"transport not supported"}"""u8),
        new("1"u8, """{"message":"client not handshaken"}"""u8),
        new("2"u8, """{"message":"unauthorized"}"""u8),
        new("0+0"u8, """{"message":"transport not supported","data":{"advice":"reconnect"}}"""u8),
        new("1+0"u8, """{"message":"client not handshaken","data":{"advice":"reconnect"}}"""u8),
        new("2+0"u8, """{"message":"unauthorized","data":{"advice":"reconnect"}}"""u8),
    ];

    /// <summary>The payload of CONNECT_ERROR; empty for an error that protocol 1 has no word for.</summary>
    public static ReadOnlyMemory<byte> ToPayload(ReadOnlySpan<byte> error)
    {
        foreach (var known in All)
        {
            if (error.SequenceEqual(known.Wire))
            {
                return known.Payload;
            }
        }

        return default;
    }

    /// <summary>Reason and advice. All errors of an application's own are "unauthorized", as their text has no place.</summary>
    public static ReadOnlySpan<byte> ToWire(ReadOnlySpan<byte> payload)
    {
        foreach (var known in All)
        {
            if (payload.SequenceEqual(known.Payload))
            {
                return known.Wire;
            }
        }

        return "2"u8;
    }

    private sealed class Error(ReadOnlySpan<byte> wire, ReadOnlySpan<byte> payload)
    {
        public byte[] Wire { get; } = wire.ToArray();

        public byte[] Payload { get; } = payload.ToArray();
    }
}
