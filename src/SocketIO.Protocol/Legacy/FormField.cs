using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>A field of a body of <c>application/x-www-form-urlencoded</c>, as scripts and forms post packets.</summary>
public static class FormField
{
    /// <summary>Finds a field, the first of its name, and decodes its value.</summary>
    /// <param name="body">The body. A <c>%</c> that no two hexadecimal digits follow stands for itself.</param>
    /// <param name="name">The field's name, as it is in the body.</param>
    /// <param name="output">Takes the value.</param>
    /// <param name="ofForm">
    /// Whether a form of the browser's own posted it: browsers make each line feed a carriage return and a line feed, which this undoes.
    /// </param>
    /// <returns>Whether there is such a field.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, ReadOnlySpan<byte> name, IBufferWriter<byte> output, bool ofForm = false)
    {
        ArgumentNullException.ThrowIfNull(output);
        foreach (var range in body.Split((byte)'&'))
        {
            var field = body[range];
            if (field.Length > name.Length && field[name.Length] == '=' && field.StartsWith(name))
            {
                Decode(field[(name.Length + 1)..], output, ofForm);
                return true;
            }
        }

        return false;
    }

    private static void Decode(ReadOnlySpan<byte> value, IBufferWriter<byte> output, bool ofForm)
    {
        var decoded = output.GetSpan(Math.Max(value.Length, 1));
        var written = 0;
        while (!value.IsEmpty)
        {
            var plain = value.IndexOfAny("%+\n"u8);
            if (plain < 0)
            {
                plain = value.Length;
            }

            value[..plain].CopyTo(decoded[written..]);
            written += plain;
            value = value[plain..];
            if (value.IsEmpty)
            {
                break;
            }

            var next = Next(ref value);
            if (ofForm && next == '\n' && written > 0 && decoded[written - 1] == '\r')
            {
                written--;
            }

            decoded[written++] = next;
        }

        output.Advance(written);
    }

    private static byte Next(ref ReadOnlySpan<byte> value)
    {
        var next = value[0];
        if (next == '%' && value.Length > 2 && char.IsAsciiHexDigit((char)value[1]) && char.IsAsciiHexDigit((char)value[2]))
        {
            next = (byte)(HexDigit(value[1]) << 4 | HexDigit(value[2]));
            value = value[3..];
            return next;
        }

        value = value[1..];
        return next == '+' ? (byte)' ' : next;
    }

    private static int HexDigit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
