namespace SocketIO.Protocol.Tests;

[Trait("Feature", "G-35")]
public class AnnotatedMessageTests
{
    public static TheoryData<string, string, string> Recorded
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var vector in Vectors.Read<Vector>("streaming-messages.json"))
            {
                data.Add(vector.Wire, vector.Text, Describe(vector.Annotations!));
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    [Trait("Feature", "G-37")]
    public void Annotations_are_read_as_by_the_server_of_the_time(string wire, string text, string annotations)
    {
        var message = AnnotatedMessage.Parse(Units.Utf8(wire));

        Assert.Equal(text, message.Text);
        Assert.Equal(annotations, Describe(message.Annotations.Where(annotation => annotation.Value is not null)));
    }

    [Theory]
    [InlineData("j\nr:chat\nfoo\n:{}", true, "{}", "foo=,j=,r=chat")]
    [InlineData("r:a\nr:b\n:x", false, "x", "r=b")]
    [InlineData("r:\n:", false, "", "r=")]
    [InlineData("no text", false, "", "no text=")]
    [InlineData("", false, "", "")]
    public void A_flag_has_no_value_and_the_last_of_a_key_counts(string data, bool isJson, string text, string annotations)
    {
        var message = AnnotatedMessage.Parse(Units.Utf8(data));

        Assert.Equal((isJson, text, annotations), (message.IsJson, message.Text, Describe(message.Annotations)));
    }

    private static string Describe(IEnumerable<KeyValuePair<string, string?>> annotations) =>
        string.Join(',', annotations.OrderBy(annotation => annotation.Key, StringComparer.Ordinal).Select(annotation => $"{annotation.Key}={annotation.Value}"));

    private sealed record Vector(string Wire, string Text, Dictionary<string, string?> Annotations);
}
