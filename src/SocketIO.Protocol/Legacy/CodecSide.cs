namespace SocketIO.Protocol;

/// <summary>Which end of a session a codec is at, where the same bytes mean one thing from a server and another from a client.</summary>
public enum CodecSide
{
    /// <summary>It reads what clients write.</summary>
    Server,

    /// <summary>It reads what servers write.</summary>
    Client,
}
