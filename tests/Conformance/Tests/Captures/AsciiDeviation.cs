using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SocketIO.Conformance.Tests;

/// <summary>Text that was sent as it is, or encoded twice for clients that decode twice: here it is escaped to ASCII, which all of them take.</summary>
internal sealed partial record AsciiDeviation(string Captures, string Reason) : Deviation(Captures, Reason)
{
    private static readonly Encoding Utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);

    public override IReadOnlyList<string>? Change(string packet, int occurrence)
    {
        if (Payload.IsBinary(packet))
        {
            return null;
        }

        var text = DecodeAgain(HighEscape().Replace(packet, static match => ((char)int.Parse(match.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()));
        var escaped = NonAscii().Replace(text, static match => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)match.ValueSpan[0]:x4}"));
        return escaped == packet ? null : [escaped];
    }

    private static string DecodeAgain(string text)
    {
        try
        {
            return text.All(static c => c <= '\xff') ? Utf8.GetString(Encoding.Latin1.GetBytes(text)) : text;
        }
        catch (DecoderFallbackException)
        {
            return text;
        }
    }

    [GeneratedRegex(@"\\u(?!00[0-7])[0-9a-f]{4}")]
    private static partial Regex HighEscape();

    [GeneratedRegex(@"[^\x00-\x7e]")]
    private static partial Regex NonAscii();
}
