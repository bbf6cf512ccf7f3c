using System.Buffers;
using System.Text;

namespace SocketIO.Protocol;

/// <summary>JSON in printable ASCII, which every old client reads alike, however often it decodes text.</summary>
internal static class AsciiJson
{
    private const byte LastPlain = 0x7e;

    // "\uXXXX", of which a character outside the basic plane has two.
    private const int EscapeLength = 6;

    // Bytes of a run that are escaped into one span: a run may be long, and what it grows to is up to six times as much.
    private const int Chunk = 256;
    private const int MaxRuneLength = 4;

    /// <summary>Writes JSON with each character above U+007E as <c>\uXXXX</c>, or two of them. What is not UTF-8 becomes U+FFFD.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="json">JSON, which has such characters nowhere but in strings.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        while (true)
        {
            var plain = json.IndexOfAnyExceptInRange((byte)0, LastPlain);
            if (plain < 0)
            {
                output.Write(json);
                return;
            }

            output.Write(json[..plain]);
            json = json[plain..];
            var run = json.IndexOfAnyInRange((byte)0, LastPlain);
            if (run < 0)
            {
                run = json.Length;
            }

            WriteEscaped(output, json[..run]);
            json = json[run..];
        }
    }

    private static void WriteEscaped(IBufferWriter<byte> output, ReadOnlySpan<byte> run)
    {
        while (!run.IsEmpty)
        {
            var span = output.GetSpan((Math.Min(run.Length, Chunk) + MaxRuneLength) * EscapeLength);
            var read = 0;
            var written = 0;
            while (read < Chunk && read < run.Length)
            {
                Rune.DecodeFromUtf8(run[read..], out var rune, out var consumed);
                read += consumed;
                written += WriteEscape(rune, span[written..]);
            }

            output.Advance(written);
            run = run[read..];
        }
    }

    private static int WriteEscape(Rune rune, Span<byte> span)
    {
        if (rune.IsBmp)
        {
            WriteEscape((char)rune.Value, span);
            return EscapeLength;
        }

        Span<char> pair = stackalloc char[2];
        rune.EncodeToUtf16(pair);
        WriteEscape(pair[0], span);
        WriteEscape(pair[1], span[EscapeLength..]);
        return 2 * EscapeLength;
    }

    private static void WriteEscape(char unit, Span<byte> span)
    {
        span[5] = Hex(unit & 0xf);
        span[4] = Hex((unit >> 4) & 0xf);
        span[3] = Hex((unit >> 8) & 0xf);
        span[2] = Hex(unit >> 12);
        span[1] = (byte)'u';
        span[0] = (byte)'\\';
    }

    private static byte Hex(int digit) => (byte)"0123456789abcdef"[digit];
}
