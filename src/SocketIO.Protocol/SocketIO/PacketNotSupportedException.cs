namespace SocketIO.Protocol;

/// <summary>A packet that the generation of its receiver has no form for, such as binary data or an acknowledgement. The message says which, and of whom.</summary>
public sealed class PacketNotSupportedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public PacketNotSupportedException()
        : this("The client's generation has no form for the packet.")
    {
    }

    /// <summary>Creates the exception with what there is no form for.</summary>
    public PacketNotSupportedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with what there is no form for and what led to it.</summary>
    public PacketNotSupportedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
