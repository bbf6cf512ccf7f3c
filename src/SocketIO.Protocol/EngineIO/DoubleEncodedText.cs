using System.Buffers.Binary;
using System.Text.Unicode;

namespace SocketIO.Protocol;

/// <summary>
/// Text as clients 1.0.0-pre3 to 1.7.4 send it in places: the bytes of its UTF-8 taken for characters, which are encoded once more.
/// </summary>
internal static class DoubleEncodedText
{
    private const int Surrogates = 0xeda080;
    private const int SurrogatesMask = 0xffe0c0;

    /// <summary>The bytes that <see cref="Encode"/> writes.</summary>
    public static int GetLength(ReadOnlySpan<byte> text)
    {
        var length = text.Length;
        for (var at = text.IndexOfAnyExceptInRange((byte)0, (byte)0x7f); (uint)at < (uint)text.Length; at++)
        {
            length += text[at] >> 7;
        }

        return length;
    }

    /// <summary>Encodes UTF-8 once more.</summary>
    /// <returns>The number of bytes.</returns>
    public static int Encode(ReadOnlySpan<byte> text, Span<byte> output)
    {
        var written = 0;
        foreach (var value in text)
        {
            if (value < 0x80)
            {
                output[written++] = value;
                continue;
            }

            output[written++] = (byte)(0xc0 | (value >> 6));
            output[written++] = (byte)(0x80 | (value & 0x3f));
        }

        return written;
    }

    /// <summary>Undoes the second encoding. False: the text has been encoded only once, for a character is none of a byte, or the bytes are not UTF-8.</summary>
    /// <param name="encoded">Valid UTF-8.</param>
    /// <param name="text">Valid UTF-8 with memory of its own.</param>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, out ReadOnlyMemory<byte> text)
    {
        text = default;
        var decoded = new byte[encoded.Length];
        var written = 0;
        for (var at = 0; at < encoded.Length; at++)
        {
            var value = encoded[at];
            if (value >= 0x80)
            {
                if (value is not (0xc2 or 0xc3))
                {
                    return false;
                }

                value = (byte)((value << 6) | (encoded[++at] & 0x3f));
            }

            decoded[written++] = value;
        }

        if (!Utf8.IsValid(decoded.AsSpan(0, written)) && !ReplaceSurrogates(decoded.AsSpan(0, written)))
        {
            return false;
        }

        text = decoded.AsMemory(0, written);
        return true;
    }

    /// <summary>
    /// Puts U+FFFD for each half of a surrogate pair, which the encoders of those clients write in three bytes like any other character.
    /// </summary>
    /// <returns>Whether the text is valid UTF-8 now.</returns>
    public static bool ReplaceSurrogates(Span<byte> text)
    {
        for (var at = 0; at + 3 <= text.Length; at++)
        {
            var three = (text[at] << 16) | BinaryPrimitives.ReadUInt16BigEndian(text[(at + 1)..]);
            if ((three & SurrogatesMask) == Surrogates)
            {
                "\ufffd"u8.CopyTo(text[at..]);
            }
        }

        return Utf8.IsValid(text);
    }
}
