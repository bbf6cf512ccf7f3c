namespace SocketIO.Protocol;

/// <summary>The head of one MessagePack value, with the whole of it where it is not an array or a map.</summary>
internal readonly ref struct MessagePackToken
{
    public required MessagePackKind Kind { get; init; }

    /// <summary>A boolean (0 or 1), a signed integer, or the bits of an unsigned one beyond the range of signed ones.</summary>
    public long Integer { get; init; }

    /// <summary>A floating-point number.</summary>
    public double Float { get; init; }

    /// <summary>The elements of an array, the pairs of a map.</summary>
    public int Count { get; init; }

    /// <summary>The bytes of a string, of binary data or of an extension.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>The type of an extension.</summary>
    public sbyte ExtensionType { get; init; }

    /// <summary>JavaScript's undefined, as notepack writes it: extension 0 of one byte in its fixed form.</summary>
    public bool IsUndefined { get; init; }

    /// <summary>A date, as notepack writes it: extension 0 of eight bytes in its fixed form.</summary>
    public bool IsDate { get; init; }

    /// <summary>An ArrayBuffer, as notepack writes it: extension 0 in a form with a length.</summary>
    public bool IsArrayBuffer { get; init; }
}
