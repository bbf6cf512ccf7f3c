namespace SocketIO.Protocol;

/// <summary>The lines of the header block of an HTTP/1.1 request, the request line first; only as strict as whoever acts on them has to be.</summary>
/// <param name="block">The whole block, the empty line at its end included.</param>
internal ref struct HttpHeaderLines(ReadOnlySpan<byte> block)
{
    private readonly ReadOnlySpan<byte> _block = block;
    private int _next;

    /// <summary>The line, with the CRLF at its end.</summary>
    public ReadOnlySpan<byte> Line { get; private set; }

    /// <summary>The name; empty on the request line.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Where in the block the value is, without the white space around it.</summary>
    public Range Value { get; private set; }

    /// <summary>Whether a line was met that is not for us to judge: the server behind has its own rules.</summary>
    public bool IsDoubtful { get; private set; }

    /// <summary>Goes on to the next line; false at the end, and at a doubtful line.</summary>
    public bool MoveNext()
    {
        int start = _next;
        int length = _block[start..].IndexOf("\r\n"u8);
        if (length <= 0)
        {
            return false;
        }

        _next = start + length + 2;
        Line = _block[start.._next];
        ReadOnlySpan<byte> text = Line[..length];
        if (text.ContainsAny((byte)'\r', (byte)'\n', (byte)'\0'))
        {
            IsDoubtful = true;
            return false;
        }

        if (start == 0)
        {
            Value = ..length;
            return true;
        }

        int colon = text.IndexOf((byte)':');
        Name = colon < 0 ? default : text[..colon];
        if (Name.IsEmpty || Name.ContainsAny((byte)' ', (byte)'\t'))
        {
            IsDoubtful = true;
            return false;
        }

        ReadOnlySpan<byte> value = text[(colon + 1)..];
        int from = value.Length - value.TrimStart(" \t"u8).Length;
        int to = value.TrimEnd(" \t"u8).Length;
        int first = start + colon + 1;
        Value = (first + Math.Min(from, to))..(first + to);
        return true;
    }
}
