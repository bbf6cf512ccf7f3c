namespace SocketIO.Server;

/// <summary>A message was not sent, because as many wait for that client as may (<see cref="Version06Options.QueueLength"/>, <see cref="Version09Options.QueueLength"/>). The client's session goes on.</summary>
public sealed class QueueFullException : Exception
{
    /// <summary>Creates the exception.</summary>
    public QueueFullException()
        : this("As many messages wait for the client as may.")
    {
    }

    /// <summary>Creates the exception with the bound that was met.</summary>
    public QueueFullException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the bound that was met and what led to it.</summary>
    public QueueFullException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
