namespace SocketIO.Protocol;

/// <summary>How the generations before 0.7 tell a JSON message from a text.</summary>
internal enum PlainForm
{
    /// <summary>Clients 0.1 to 0.2.4: not at all; JSON is a text like any other.</summary>
    Envelope,

    /// <summary>Clients 0.5 and 0.6: <c>~j~</c> comes before JSON.</summary>
    LengthFramed,

    /// <summary>The development of 0.7: annotations come before the text, and <c>j</c> says that it is JSON.</summary>
    Streaming,
}
