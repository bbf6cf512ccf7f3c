namespace SocketIO.Protocol;

/// <summary>Bytes that are not well-formed Engine.IO. The message says what was expected.</summary>
public sealed class EngineFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    public EngineFormatException()
        : this("The data is not well-formed Engine.IO.")
    {
    }

    /// <summary>Creates the exception with what was expected.</summary>
    public EngineFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with what was expected and what led to it.</summary>
    public EngineFormatException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
