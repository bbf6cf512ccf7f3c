using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class ProtocolOneFormTests
{
    [Theory]
    [InlineData("d=3%3A%3A%3Aplain+%C3%A9%E2%98%83%F0%9F%98%80", "3:::plain é☃😀")]
    [InlineData("d=%223%3A%3A%3Aplain+%C3%A9%E2%98%83%F0%9F%98%80%22", "3:::plain é☃😀")]
    [InlineData("d=%22%EF%BF%BD3%EF%BF%BD2%3A%3A%22", "\ufffd3\ufffd2::")]
    [InlineData("d=%EF%BF%BD3%EF%BF%BD2%3A%3A", "\ufffd3\ufffd2::")]
    [InlineData("t=1&d=0%3A%3A&e=2", "0::")]
    [InlineData("d=", "")]
    [InlineData("d=%22%22", "")]
    [InlineData("d=%223%3A%3A%3Aline1%5Cnline2+%5C%22q%5C%22+%5C%5Cn+%26%3D%25%2B%2F%5Cu2028%22", "3:::line1\nline2 \"q\" \\n &=%+/\u2028")]
    [InlineData("d=3%3A%3A%3Aline1%0D%0Aline2+%22q%22+%5Cn+%26%3D%25%2B%2F", "3:::line1\nline2 \"q\" \\n &=%+/")]
    public void The_payload_is_there_as_it_is_or_as_a_json_string(string body, string payload) => Assert.Equal(payload, Read(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("e=1")]
    [InlineData("dd=1")]
    [InlineData("d=%22")]
    [InlineData("d=%223%3A%3A")]
    [InlineData("d=%22a%22b%22")]
    [InlineData("d=%22a%22%20%22b%22")]
    [InlineData("d=%22%0A%22")]
    [InlineData("d=%22%5Cx%22")]
    public void What_is_no_such_form_is_refused(string body) => Assert.Throws<EngineFormatException>(() => Read(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Any_form_is_read_or_refused()
    {
        var samples = Utf8("d=%223%3A%3A%3Aplain%22", "d=3%3A%3A%3Aa%0D%0Ab", "t=1&d=%22%5Cu00e9%5Cud83d%5Cude00%22");
        var dictionary = Utf8("%", "%2", "%22", "%5C", "%5Cu", "%5Cud800", "&", "=", "d=", "+", "%00", "%ff", "%0D%0A", "\"", "\\");
        Fuzz.Rounds(20_000, random =>
        {
            try
            {
                Read(random.Next(10) == 0 ? Fuzz.Bytes(random, 40) : Fuzz.Mutate(random, samples, dictionary));
            }
            catch (EngineFormatException)
            {
                // Refused.
            }
        });
    }

    private static string Read(byte[] body)
    {
        var output = new ArrayBufferWriter<byte>();
        ProtocolOneForm.Read(body, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static byte[][] Utf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
