namespace SocketIO.Protocol;

/// <summary>How the generations before 0.7 tell a JSON message from a text.</summary>
internal enum PlainForm
{
    /// <summary>Clients up to 0.6: <c>~j~</c> comes before JSON.</summary>
    Marked,

    /// <summary>The development of 0.7: annotations come before the text, and <c>j</c> says that it is JSON.</summary>
    Annotated,
}
