namespace SocketIO.Protocol;

/// <summary>Reads what a message of <see cref="StreamingCodec"/> has: lines of a key, or of a key, a colon and a value, and after a colon at a line's beginning the text.</summary>
internal ref struct AnnotationReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The key of the annotation.</summary>
    public ReadOnlySpan<byte> Key { get; private set; }

    /// <summary>The value of the annotation; empty if it has none.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Whether there is a colon after the key.</summary>
    public bool HasValue { get; private set; }

    /// <summary>The text, once all annotations are read; empty if there is no colon before it.</summary>
    public readonly ReadOnlySpan<byte> Text => _rest.IsEmpty ? default : _rest[1..];

    /// <summary>Reads the next annotation; false: the text comes.</summary>
    public bool Read()
    {
        if (_rest.IsEmpty || _rest[0] == ':')
        {
            return false;
        }

        // key [ ":" value ] LF
        var end = _rest.IndexOf((byte)'\n');
        var line = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[(end + 1)..];
        var colon = line.IndexOf((byte)':');
        HasValue = colon >= 0;
        Key = HasValue ? line[..colon] : line;
        Value = HasValue ? line[(colon + 1)..] : default;
        return true;
    }
}
