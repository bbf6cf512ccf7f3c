using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>
/// Reads the grammar of <c>Sec-WebSocket-Extensions</c> (RFC 6455, section 9.1): extensions between commas, each a token and its
/// parameters behind semicolons, a parameter being a token with or without <c>=</c> and a token or quoted string.
/// What doesn't fit ends the reading.
/// </summary>
internal ref struct WebSocketExtensionReader(ReadOnlySpan<char> text)
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private ReadOnlySpan<char> _rest = text;

    public bool IsMalformed { get; private set; }

    /// <summary>The next extension's name. The parameters of the one before must have been read.</summary>
    public bool TryReadExtension(out ReadOnlySpan<char> name)
    {
        name = default;
        while (TrySkip(','))
        {
            // A list may have empty elements.
        }

        return !IsMalformed && !_rest.IsEmpty && TryReadToken(out name);
    }

    /// <summary>The next parameter of the extension whose name was read last; false at its end.</summary>
    public bool TryReadParameter(out ReadOnlySpan<char> name, out ReadOnlySpan<char> value, out bool hasValue)
    {
        name = value = default;
        hasValue = false;
        if (IsMalformed || !TrySkip(';'))
        {
            IsMalformed |= !_rest.IsEmpty && _rest[0] != ',';
            return false;
        }

        if (!TryReadToken(out name))
        {
            return false;
        }

        hasValue = TrySkip('=');
        return !hasValue || TryReadValue(out value);
    }

    private bool TryReadValue(out ReadOnlySpan<char> value)
    {
        if (!TrySkip('"'))
        {
            return TryReadToken(out value);
        }

        // The string's content must be a token (section 9.1), which has neither quotes nor escapes.
        if (TryReadToken(out value) && TrySkip('"'))
        {
            return true;
        }

        IsMalformed = true;
        return false;
    }

    private bool TryReadToken(out ReadOnlySpan<char> token)
    {
        _rest = _rest.TrimStart(" \t");
        int length = _rest.IndexOfAnyExcept(TokenCharacters);
        token = length < 0 ? _rest : _rest[..length];
        _rest = _rest[token.Length..];
        IsMalformed |= token.IsEmpty;
        return !token.IsEmpty;
    }

    private bool TrySkip(char character)
    {
        _rest = _rest.TrimStart(" \t");
        if (_rest.IsEmpty || _rest[0] != character)
        {
            return false;
        }

        _rest = _rest[1..];
        return true;
    }
}
