using System.Buffers;
using System.Text;
using System.Text.Json;

namespace SocketIO.Protocol.Tests;

public class ScriptStringTests
{
    [Theory]
    [InlineData("", "\"\"", "\"\"")]
    [InlineData("1::/chat", "\"1::/chat\"", """ "1::\/chat" """)]
    [InlineData("3:::é☃😀", "\"3:::é☃😀\"", "\"3:::é☃😀\"")]
    [InlineData("4:::{\"a\":\"\\\\\"}", """ "4:::{\"a\":\"\\\\\"}" """, """ "4:::{\"a\":\"\\\\\"}" """)]
    [InlineData("\b\t\n\f\r\u0000\u001f\u007f", "\"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\"", "\"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\"")]
    [InlineData("a\u2028b\u2029c\u2027\u202a", "\"a\\u2028b\\u2029c\u2027\u202a\"", "\"a\\u2028b\\u2029c\u2027\u202a\"")]
    [InlineData("</script><!--<script>", "\"</script><!--<script>\"", """ "\u003c\/script>\u003c!--\u003cscript>" """)]
    public void A_text_is_a_literal_of_a_script(string text, string alone, string inHtml)
    {
        Assert.Equal(alone.Trim(), Write(text, inHtml: false));
        Assert.Equal(inHtml.Trim(), Write(text, inHtml: true));
    }

    [Fact]
    public void Any_text_comes_back_and_nothing_leaves_the_literal() => Fuzz.Rounds(10_000, random =>
    {
        byte[][] pieces = [.. new[] { "</script>", "<!--", "\u2028", "\u2029", "\\", "\"", "\n", "\u0000", "é", "😀", "\ufffd", "a" }.Select(Encoding.UTF8.GetBytes)];
        var bytes = Fuzz.Mutate(random, pieces, pieces);
        var text = Encoding.UTF8.GetString(bytes);

        foreach (var inHtml in new[] { false, true })
        {
            var literal = Write(text, inHtml);

            Assert.Equal(text, JsonSerializer.Deserialize<string>(literal));
            Assert.Equal(-1, literal.IndexOfAny(['\n', '\r', '\u2028', '\u2029']));
            Assert.True(!inHtml || !literal.Contains('<', StringComparison.Ordinal));
        }
    });

    private static string Write(string text, bool inHtml)
    {
        var output = new ArrayBufferWriter<byte>();
        ScriptString.Write(Encoding.UTF8.GetBytes(text), output, inHtml);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
