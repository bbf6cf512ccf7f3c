namespace SocketIO.Cluster;

/// <summary>Stored bytes are not a state that this build can read.</summary>
public sealed class StateFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StateFormatException(string message)
        : base(message)
    {
    }
}
