namespace SocketIO.Protocol;

/// <summary>The names that mean something to Socket.IO itself, so that no peer may emit them.</summary>
internal static class ReservedEvents
{
    /// <summary>The bytes of the longest name.</summary>
    public const int MaxLength = 14;

    public static bool Contains(ReadOnlySpan<byte> name) => name.Length switch
    {
        7 => name.SequenceEqual("connect"u8),
        10 => name.SequenceEqual("disconnect"u8),
        11 => name.SequenceEqual("newListener"u8),
        13 => name.SequenceEqual("connect_error"u8) || name.SequenceEqual("disconnecting"u8),
        MaxLength => name.SequenceEqual("removeListener"u8),
        _ => false,
    };
}
