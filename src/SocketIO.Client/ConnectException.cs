using System.Text.Json;

namespace SocketIO.Client;

/// <summary>A connection has not come about: nobody answers at the address, what answers is no such server, or the server refuses the client.</summary>
public sealed class ConnectException : Exception
{
    internal ConnectException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    internal ConnectException(string message, JsonElement? details)
        : base(message) => Details = details;

    /// <summary>The <c>data</c> that the server gave with its refusal, if any.</summary>
    public JsonElement? Details { get; }
}
