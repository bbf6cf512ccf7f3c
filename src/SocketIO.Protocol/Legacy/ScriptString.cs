using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>A string literal for a script, in which an answer of JSONP or a piece of a forever iframe brings its payload.</summary>
public static class ScriptString
{
    // What no string of JSON holds as it is, and '<' and '/' of "</script>" and "<!--"; 0xe2 begins U+2028 and U+2029, which no string of JavaScript held before 2019.
    private static readonly SearchValues<byte> Special = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(value => (byte)value), (byte)'"', (byte)'\\', (byte)'/', (byte)'<', 0xe2]);

    /// <summary>Writes the literal, quotes included, with the escapes of JavaScript's <c>JSON.stringify</c> and of the two line separators.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="output">Where to write.</param>
    /// <param name="inHtml">Whether the script is in a page: then every slash and every less-than sign is escaped too, so that no text ends the script or begins a comment.</param>
    public static void Write(ReadOnlySpan<byte> text, IBufferWriter<byte> output, bool inHtml = false)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write("\""u8);
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAny(Special);
            if (plain < 0)
            {
                output.Write(text);
                break;
            }

            output.Write(text[..plain]);
            text = text[(plain + WriteSpecial(text[plain..], output, inHtml))..];
        }

        output.Write("\""u8);
    }

    /// <summary>The number of bytes that <see cref="Write"/> writes, where the script is not in a page.</summary>
    /// <param name="text">Valid UTF-8.</param>
    public static int GetLength(ReadOnlySpan<byte> text)
    {
        const int separator = 3;
        const int longest = 6;
        var length = "\"\""u8.Length + text.Length;
        int special;
        while ((special = text.IndexOfAny(Special)) >= 0)
        {
            text = text[special..];
            var isSeparator = text is [0xe2, 0x80, 0xa8 or 0xa9, ..];
            length += text[0] switch
            {
                0xe2 => isSeparator ? longest - separator : 0,
                (byte)'/' or (byte)'<' => 0,
                (byte)'"' or (byte)'\\' or (byte)'\b' or (byte)'\f' or (byte)'\n' or (byte)'\r' or (byte)'\t' => 1,
                _ => longest - 1,
            };
            text = text[(isSeparator ? separator : 1)..];
        }

        return length;
    }

    /// <summary>How many bytes of the text have been written.</summary>
    private static int WriteSpecial(ReadOnlySpan<byte> text, IBufferWriter<byte> output, bool inHtml)
    {
        switch (text[0])
        {
            case 0xe2 when text is [_, 0x80, 0xa8 or 0xa9, ..]:
                output.Write(text[2] == 0xa8 ? "\\u2028"u8 : "\\u2029"u8);
                return 3;
            case (byte)'/' when inHtml:
                output.Write("\\/"u8);
                break;
            case (byte)'<' when inHtml:
                output.Write("\\u003c"u8);
                break;
            case (byte)'/' or (byte)'<' or 0xe2:
                output.Write(text[..1]);
                break;
            default:
                JsonText.WriteEscape(output, text[0]);
                break;
        }

        return 1;
    }
}
