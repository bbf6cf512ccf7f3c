using System.Buffers;
using System.Globalization;
using System.Text;

namespace SocketIO.Protocol;

/// <summary>JSON strings and numbers from and to their plain forms. What is no valid text becomes U+FFFD, as in Node.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(value => (byte)value), (byte)'"', (byte)'\\', .. Enumerable.Range(0x80, 0x80).Select(value => (byte)value)]);

    /// <summary>Writes a JSON string, quotes included.</summary>
    public static void WriteString(PooledByteWriter output, ReadOnlySpan<byte> text)
    {
        output.Write((byte)'"');
        while (true)
        {
            var plain = text.IndexOfAny(Special);
            if (plain < 0)
            {
                output.Write(text);
                break;
            }

            output.Write(text[..plain]);
            text = text[plain..];
            var special = text[0];
            if (special >= 0x80)
            {
                // Gives U+FFFD for what is not UTF-8.
                Rune.DecodeFromUtf8(text, out var rune, out var consumed);
                output.Advance(rune.EncodeToUtf8(output.GetSpan(4)));
                text = text[consumed..];
                continue;
            }

            WriteEscape(output, special);
            text = text[1..];
        }

        output.Write((byte)'"');
    }

    /// <summary>Writes the escape of a quote, a backslash or a control character.</summary>
    public static void WriteEscape(IBufferWriter<byte> output, byte special)
    {
        const int longest = 6;
        var escape = output.GetSpan(longest);
        escape[0] = (byte)'\\';
        escape[1] = special switch
        {
            (byte)'"' or (byte)'\\' => special,
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            _ => (byte)'u',
        };
        if (escape[1] != 'u')
        {
            output.Advance(2);
            return;
        }

        "00"u8.CopyTo(escape[2..]);
        escape[4] = Hex(special >> 4);
        escape[5] = Hex(special & 0xf);
        output.Advance(longest);
    }

    /// <summary>Undoes the escapes of what is between the quotes of a valid JSON string. The result is never longer.</summary>
    public static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> output)
    {
        var written = 0;
        while (true)
        {
            var backslash = escaped.IndexOf((byte)'\\');
            var plain = backslash < 0 ? escaped : escaped[..backslash];
            plain.CopyTo(output[written..]);
            written += plain.Length;
            if (backslash < 0)
            {
                return written;
            }

            escaped = escaped[(backslash + 1)..];
            var kind = escaped[0];
            escaped = escaped[1..];
            if (kind == 'u')
            {
                written += Unit(ref escaped).EncodeToUtf8(output[written..]);
            }
            else
            {
                output[written++] = kind switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    _ => kind,
                };
            }
        }
    }

    /// <summary>Writes a number, or null for what JSON cannot say.</summary>
    public static void WriteNumber(PooledByteWriter output, double value)
    {
        if (!double.IsFinite(value))
        {
            output.Write("null"u8);
            return;
        }

        // Adding zero takes the sign off minus zero, as JSON.stringify does.
        Write(output, value + 0.0);
    }

    /// <summary>Writes an integer.</summary>
    public static void WriteNumber(PooledByteWriter output, long value) => Write(output, value);

    /// <summary>Writes an integer.</summary>
    public static void WriteNumber(PooledByteWriter output, ulong value) => Write(output, value);

    private static void Write<T>(PooledByteWriter output, T value)
        where T : IUtf8SpanFormattable
    {
        // Longer than any number in its shortest form.
        const int longest = 32;
        value.TryFormat(output.GetSpan(longest), out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    /// <summary>The scalar value whose four digits (or eight, with the other half of a pair) come next.</summary>
    private static Rune Unit(ref ReadOnlySpan<byte> escaped)
    {
        var first = (char)FourDigits(escaped);
        escaped = escaped[4..];
        if (!char.IsSurrogate(first))
        {
            return new Rune(first);
        }

        if (char.IsHighSurrogate(first) && escaped.StartsWith("\\u"u8) && FourDigits(escaped[2..]) is var second && char.IsLowSurrogate((char)second))
        {
            escaped = escaped[6..];
            return new Rune(first, (char)second);
        }

        return Rune.ReplacementChar;
    }

    private static int FourDigits(ReadOnlySpan<byte> digits)
    {
        var value = 0;
        foreach (var digit in digits[..4])
        {
            value = (value << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return value;
    }

    private static byte Hex(int digit) => (byte)"0123456789abcdef"[digit];
}
