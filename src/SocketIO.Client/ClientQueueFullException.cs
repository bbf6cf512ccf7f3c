namespace SocketIO.Client;

/// <summary>Too much waits already; what was to be sent has been dropped, and the connection goes on.</summary>
public sealed class ClientQueueFullException : Exception
{
    internal ClientQueueFullException(string message)
        : base(message)
    {
    }
}
