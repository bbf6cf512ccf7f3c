namespace SocketIO.Cluster;

/// <summary>Bytes from another node are not a batch that this version can read. Nothing of them was applied.</summary>
public sealed class BatchFormatException : FormatException
{
    /// <summary>Makes an exception.</summary>
    public BatchFormatException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What was wrong and what was expected.</param>
    public BatchFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What was wrong and what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public BatchFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
