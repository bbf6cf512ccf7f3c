using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>
/// Tells JSON from text without an exception where it is none: clients before 0.7 may send either in the same place, so that what is not JSON is no error
/// that could end a session, and must not cost what an exception does.
/// </summary>
internal ref struct JsonSyntax
{
    /// <summary>The deepest nesting that is looked into: an event's object and array around what <see cref="PacketLimits"/> allows at most.</summary>
    public const int Deepest = PacketLimits.DeepestNesting + 2;

    private static readonly SearchValues<byte> StringSpecial =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(value => (byte)value), (byte)'"', (byte)'\\']);

    private ReadOnlySpan<byte> _rest;

    private enum Expected
    {
        Value,
        ValueOrEnd,
        Name,
        NameOrEnd,
        CommaOrEnd,
    }

    /// <summary>How deep the arrays and objects of a JSON value nest; -1 if it is none, <see cref="int.MaxValue"/> if they nest deeper than <see cref="Deepest"/>.</summary>
    /// <param name="text">The text, valid as UTF-8. White space may be around the value.</param>
    public static int GetDepth(ReadOnlySpan<byte> text) => new JsonSyntax { _rest = text }.GetDepth();

    private int GetDepth()
    {
        Span<bool> isObject = stackalloc bool[Deepest];
        var depth = 0;
        var deepest = 0;
        var expected = Expected.Value;
        while (true)
        {
            _rest = _rest.TrimStart(" \t\r\n"u8);
            if (_rest.IsEmpty)
            {
                return depth == 0 && expected == Expected.CommaOrEnd ? deepest : -1;
            }

            var next = _rest[0];
            if (next is (byte)'[' or (byte)'{' && expected is Expected.Value or Expected.ValueOrEnd)
            {
                if (depth == Deepest)
                {
                    return int.MaxValue;
                }

                isObject[depth++] = next == '{';
                deepest = Math.Max(deepest, depth);
                expected = next == '{' ? Expected.NameOrEnd : Expected.ValueOrEnd;
                _rest = _rest[1..];
            }
            else if (next is (byte)']' or (byte)'}' && expected is Expected.ValueOrEnd or Expected.NameOrEnd or Expected.CommaOrEnd)
            {
                if (depth == 0 || isObject[--depth] != (next == '}'))
                {
                    return -1;
                }

                expected = Expected.CommaOrEnd;
                _rest = _rest[1..];
            }
            else if (expected == Expected.CommaOrEnd)
            {
                if (depth == 0 || next != ',')
                {
                    return -1;
                }

                expected = isObject[depth - 1] ? Expected.Name : Expected.Value;
                _rest = _rest[1..];
            }
            else if (expected is Expected.Name or Expected.NameOrEnd)
            {
                if (!SkipName())
                {
                    return -1;
                }

                expected = Expected.Value;
            }
            else
            {
                if (!SkipScalar())
                {
                    return -1;
                }

                expected = Expected.CommaOrEnd;
            }
        }
    }

    private bool SkipName()
    {
        if (!SkipString())
        {
            return false;
        }

        _rest = _rest.TrimStart(" \t\r\n"u8);
        return Skip(":"u8);
    }

    private bool SkipScalar() => _rest[0] switch
    {
        (byte)'"' => SkipString(),
        (byte)'t' => Skip("true"u8),
        (byte)'f' => Skip("false"u8),
        (byte)'n' => Skip("null"u8),
        _ => SkipNumber(),
    };

    private bool SkipString()
    {
        if (!Skip("\""u8))
        {
            return false;
        }

        while (true)
        {
            var special = _rest.IndexOfAny(StringSpecial);
            if (special < 0)
            {
                return false;
            }

            var kind = _rest[special];
            _rest = _rest[(special + 1)..];
            if (kind != '\\')
            {
                return kind == '"';
            }

            if (!SkipEscape())
            {
                return false;
            }
        }
    }

    private bool SkipEscape()
    {
        if (_rest.IsEmpty || !"\"\\/bfnrtu"u8.Contains(_rest[0]))
        {
            return false;
        }

        const int digits = 4;
        var length = _rest[0] == 'u' ? 1 + digits : 1;
        if (_rest.Length < length)
        {
            return false;
        }

        foreach (var digit in _rest[1..length])
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return false;
            }
        }

        _rest = _rest[length..];
        return true;
    }

    // [ "-" ] ( "0" / digits ) [ "." digits ] [ ( "e" / "E" ) [ "+" / "-" ] digits ]
    private bool SkipNumber()
    {
        Skip("-"u8);
        if (!Skip("0"u8) && !SkipDigits())
        {
            return false;
        }

        if (Skip("."u8) && !SkipDigits())
        {
            return false;
        }

        if (!Skip("e"u8) && !Skip("E"u8))
        {
            return true;
        }

        if (!Skip("+"u8))
        {
            Skip("-"u8);
        }

        return SkipDigits();
    }

    private bool SkipDigits()
    {
        var digits = _rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 0)
        {
            digits = _rest.Length;
        }

        _rest = _rest[digits..];
        return digits > 0;
    }

    private bool Skip(ReadOnlySpan<byte> token)
    {
        if (!_rest.StartsWith(token))
        {
            return false;
        }

        _rest = _rest[token.Length..];
        return true;
    }
}
