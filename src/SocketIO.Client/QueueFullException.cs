namespace SocketIO.Client;

/// <summary>Too much waits already; what was to be sent has been dropped, and the connection goes on.</summary>
public sealed class QueueFullException : Exception
{
    internal QueueFullException(string message)
        : base(message)
    {
    }
}
