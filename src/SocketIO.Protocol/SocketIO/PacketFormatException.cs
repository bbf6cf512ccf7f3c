namespace SocketIO.Protocol;

/// <summary>Bytes that are not a well-formed Socket.IO packet, or one beyond the decoder's limits. The message says what was expected.</summary>
public sealed class PacketFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    public PacketFormatException()
        : this("The data is not a well-formed Socket.IO packet.")
    {
    }

    /// <summary>Creates the exception with what was expected.</summary>
    public PacketFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with what was expected and what led to it.</summary>
    public PacketFormatException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
