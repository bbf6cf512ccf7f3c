namespace SocketIO.Protocol;

/// <summary>What a decoder accepts at most from its client.</summary>
public sealed record PacketLimits
{
    /// <summary>The deepest nesting that <see cref="MaxDepth"/> can allow.</summary>
    public const int DeepestNesting = 512;

    /// <summary>The limits unless others are asked for.</summary>
    public static PacketLimits Default { get; } = new();

    /// <summary>The most attachments of a packet that arrive as messages of their own. Each is as long as the transport lets a message be.</summary>
    public int MaxAttachments { get; init => field = NotNegative(value); } = 10;

    /// <summary>The most binary values of a packet that arrive inside it (MessagePack).</summary>
    public int MaxInlineAttachments { get; init => field = NotNegative(value); } = 1024;

    /// <summary>How deep arrays and objects may nest, from 1 (the array of the arguments itself) to <see cref="DeepestNesting"/>.</summary>
    public int MaxDepth
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, DeepestNesting);
            field = value;
        }
    } = 64;

    /// <summary>The most elements of an event or acknowledgement, an event's name included.</summary>
    public int MaxArguments { get; init => field = NotNegative(value); } = 1024;

    /// <summary>The most bytes of a namespace; in the CONNECT of old clients a query string is part of it.</summary>
    public int MaxNamespaceBytes { get; init => field = NotNegative(value); } = 4096;

    private static int NotNegative(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return value;
    }
}
