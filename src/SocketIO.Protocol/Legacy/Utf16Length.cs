using System.Text;

namespace SocketIO.Protocol;

/// <summary>Lengths as JavaScript counts them, in UTF-16 units, of text that is UTF-8 here and known to be valid.</summary>
internal static class Utf16Length
{
    /// <summary>The units of a text.</summary>
    public static int Of(ReadOnlySpan<byte> text) => Encoding.UTF8.GetCharCount(text);

    /// <summary>
    /// The bytes of the first units of a text; all of them if it is shorter. False: the last of the units is the first half of a surrogate pair, and the bytes
    /// are those before it.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="units">How many units; what the text lacks is left over.</param>
    /// <param name="bytes">How many bytes.</param>
    public static bool TryTake(ReadOnlySpan<byte> text, ref long units, out int bytes)
    {
        bytes = 0;
        while (units > 0 && bytes < text.Length)
        {
            var rest = text[bytes..(int)Math.Min(text.Length, bytes + units)];
            var ascii = rest.IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (ascii < 0)
            {
                ascii = rest.Length;
            }

            units -= ascii;
            bytes += ascii;
            if (units == 0 || bytes == text.Length || ascii == rest.Length)
            {
                continue;
            }

            var (width, length) = text[bytes] switch
            {
                < 0xE0 => (2, 1),
                < 0xF0 => (3, 1),
                _ => (4, 2),
            };
            if (length > units)
            {
                return false;
            }

            units -= length;
            bytes += width;
        }

        return true;
    }
}
