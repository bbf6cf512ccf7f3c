using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class FormFieldTests
{
    [Theory]
    [InlineData("data=~m~2~m~hi~m~10~m~~j~%7B%22x%22%3A1%7D~m~1~m~%C3%BC", "~m~2~m~hi~m~10~m~~j~{\"x\":1}~m~1~m~ü")]
    [InlineData("data=%7Em%7E21%7Em%7Equeued+before+connect", "~m~21~m~queued before connect")]
    [InlineData("data=", "")]
    [InlineData("other=1&data=2&data=3", "2")]
    [InlineData("data=1&other=2", "1")]
    [InlineData("data=a=b", "a=b")]
    [InlineData("data=%", "%")]
    [InlineData("data=%4", "%4")]
    [InlineData("data=%zz%2b%2B", "%zz++")]
    [InlineData("data=a%0D%0Ab", "a\r\nb")]
    public void A_field_is_found_and_decoded(string body, string value) => Assert.Equal(value, Read(body));

    [Theory]
    [InlineData("")]
    [InlineData("data")]
    [InlineData("dat=1")]
    [InlineData("data2=1")]
    [InlineData("x=data=1")]
    [Trait("Feature", "G-27")]
    public void A_field_that_is_not_there_is_not_found(string body) => Assert.Null(Read(body));

    [Theory]
    [InlineData("line1%0D%0Aline2", "line1\nline2")]
    [InlineData("%0D%0A%0D%0A", "\n\n")]
    [InlineData("a\r\nb", "a\nb")]
    [InlineData("%0D%0D%0A%0D", "\r\n\r")]
    [InlineData("%0A", "\n")]
    [Trait("Feature", "X-12")]
    public void Line_feeds_that_a_browser_made_two_characters_of_are_one_again(string value, string expected) =>
        Assert.Equal(expected, Read("data=" + value, ofForm: true));

    [Fact]
    public void Any_bytes_are_read() => Fuzz.Rounds(20_000, random =>
    {
        byte[][] samples = ["data=~m~1~m~a"u8.ToArray(), "a=1&data=%C3%BC+%0D%0A"u8.ToArray()];
        byte[][] dictionary = ["%"u8.ToArray(), "data="u8.ToArray(), "&"u8.ToArray(), "%0D%0A"u8.ToArray(), "\r\n"u8.ToArray()];
        var output = new ArrayBufferWriter<byte>();
        var body = Fuzz.Mutate(random, samples, dictionary);
        FormField.TryRead(body, "data"u8, output, random.Next(2) == 0);
        Assert.InRange(output.WrittenCount, 0, body.Length);
    });

    private static string? Read(string body, bool ofForm = false)
    {
        var output = new ArrayBufferWriter<byte>();
        return FormField.TryRead(Encoding.UTF8.GetBytes(body), "data"u8, output, ofForm) ? Encoding.UTF8.GetString(output.WrittenSpan) : null;
    }
}
