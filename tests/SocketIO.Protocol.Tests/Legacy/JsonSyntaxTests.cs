using System.Text.Json;
using System.Text.Unicode;

namespace SocketIO.Protocol.Tests;

public class JsonSyntaxTests
{
    [Theory]
    [InlineData("1", 0)]
    [InlineData(" \"a\" ", 0)]
    [InlineData("[]", 1)]
    [InlineData("{\"a\":[{}],\"b\":[]}", 3)]
    [InlineData("", -1)]
    [InlineData("[1,]", -1)]
    [InlineData("{\"a\":1,}", -1)]
    [InlineData("[1}", -1)]
    [InlineData("1 2", -1)]
    [InlineData("01", -1)]
    [InlineData("1.", -1)]
    [InlineData("\"\\x\"", -1)]
    [InlineData("\"\\u12g4\"", -1)]
    [InlineData("nul", -1)]
    [InlineData("\uFEFF1", -1)]
    public void The_depth_of_a_value_is_told_or_that_it_is_none(string text, int depth) => Assert.Equal(depth, JsonSyntax.GetDepth(Units.Utf8(text)));

    [Theory]
    [InlineData(JsonSyntax.Deepest, JsonSyntax.Deepest)]
    [InlineData(JsonSyntax.Deepest + 1, int.MaxValue)]
    [InlineData(100_000, int.MaxValue)]
    public void What_nests_too_deep_is_told(int nesting, int depth) =>
        Assert.Equal(depth, JsonSyntax.GetDepth(Units.Utf8(new string('[', nesting) + new string(']', nesting))));

    [Fact]
    public void It_agrees_with_the_reader_about_everything() => Fuzz.Rounds(60_000, random =>
    {
        byte[][] samples = [.. new[] { "{\"a\":[1,2.5e-3,null,true,false,\"é\\u00e9\\n\"],\"b\":{}}", "[]", "-0.1E+7", "\"x\"" }.Select(Units.Utf8)];
        byte[][] dictionary = [.. new[] { "[", "]", "{", "}", ",", ":", "\"", "\\", "\\u12", "0", "-", ".", "e", "1", " ", "\n", "\u0001", "null" }.Select(Units.Utf8)];
        var text = Fuzz.Mutate(random, samples, dictionary);
        if (Utf8.IsValid(text))
        {
            Assert.Equal(Read(text), JsonSyntax.GetDepth(text));
        }
    });

    private static int Read(byte[] text)
    {
        var reader = new Utf8JsonReader(text);
        var depth = 0;
        try
        {
            while (reader.Read())
            {
                depth = Math.Max(depth, reader.CurrentDepth + (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1 : 0));
            }

            return reader.BytesConsumed == 0 ? -1 : depth;
        }
        catch (JsonException)
        {
            return -1;
        }
    }
}
