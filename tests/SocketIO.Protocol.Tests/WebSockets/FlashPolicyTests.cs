using System.Buffers;
using System.Text;
using System.Xml;

namespace SocketIO.Protocol.Tests;

[Trait("Feature", "J-02")]
public class FlashPolicyTests
{
    private const string DocumentType = "<!DOCTYPE cross-domain-policy SYSTEM \"http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd\">";

    [Theory]
    [InlineData(
        FlashPolicyForm.Lines,
        211,
        "<?xml version=\"1.0\"?>\n" + DocumentType + "\n<cross-domain-policy>\n<allow-access-from domain=\"*\" to-ports=\"*\"/>\n</cross-domain-policy>\n")]
    [InlineData(
        FlashPolicyForm.Compact,
        206,
        "<?xml version=\"1.0\"?>" + DocumentType + "<cross-domain-policy><allow-access-from domain=\"*\" to-ports=\"*\"/></cross-domain-policy>")]
    [InlineData(
        FlashPolicyForm.MasterOnly,
        277,
        "<?xml version=\"1.0\"?>\n" + DocumentType + "\n<cross-domain-policy>\n\t<site-control permitted-cross-domain-policies=\"master-only\" />\n"
        + "\t<allow-access-from domain=\"*\" to-ports=\"*\" />\n</cross-domain-policy>\n")]
    public void The_document_is_byte_for_byte_that_of_the_servers_of_the_time(FlashPolicyForm form, int length, string expected)
    {
        byte[] document = FlashPolicy.CreateDocument(["*:*"], form);

        Assert.Equal(expected, Encoding.UTF8.GetString(document));
        Assert.Equal(length, document.Length);
    }

    [Theory]
    [InlineData(FlashPolicyForm.Lines)]
    [InlineData(FlashPolicyForm.Compact)]
    [InlineData(FlashPolicyForm.MasterOnly)]
    public void Every_origin_has_an_element_of_its_own(FlashPolicyForm form) =>
        Assert.Equal(
            [("example.com", "80"), ("*.example.org", "80,8000-8100"), ("*", "*")],
            ReadOrigins(FlashPolicy.CreateDocument(["example.com:80", "*.example.org:80,8000-8100", "*:*"], form)));

    [Theory]
    [InlineData("\"/><allow-access-from domain=\"*")]
    [InlineData("a&b<c>d'e\"f")]
    [InlineData("]]>")]
    [InlineData("&#x22;")]
    public void A_domain_cannot_break_out_of_its_attribute(string domain)
    {
        domain = domain.Replace(' ', '_');
        Assert.Equal([(domain, "80")], ReadOrigins(FlashPolicy.CreateDocument([domain + ":80"], FlashPolicyForm.Compact)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("example.com")]
    [InlineData(":80")]
    [InlineData("example.com:")]
    [InlineData("example.com:http")]
    [InlineData("example.com:\"80")]
    [InlineData("example .com:80")]
    [InlineData("example.com\n:80")]
    [InlineData("exämple.com:80")]
    [InlineData("\u0001:80")]
    public void What_is_no_origin_is_refused(string? origin)
    {
        Assert.False(FlashPolicy.IsOrigin(origin));
        Assert.Throws<ArgumentException>(() => FlashPolicy.CreateDocument([origin!], FlashPolicyForm.Lines));
    }

    [Fact]
    public void The_request_is_23_bytes_and_nothing_less()
    {
        byte[] request = FlashPolicy.Request.ToArray();
        Assert.Equal(23, request.Length);
        for (int length = 0; length < request.Length; length++)
        {
            Assert.Equal(OperationStatus.NeedMoreData, FlashPolicy.Recognize(new ReadOnlySequence<byte>(request[..length])));
            Assert.Equal(OperationStatus.Done, FlashPolicy.Recognize(Frames.Segmented([], request[..length], request[length..])));
            Assert.Equal(OperationStatus.InvalidData, FlashPolicy.Recognize(Frames.Segmented(request[..length], [(byte)'?'])));
        }

        Assert.Equal(OperationStatus.Done, FlashPolicy.Recognize(Frames.Segmented(request, [1, 2, 3])));
    }

    private static List<(string Domain, string Ports)> ReadOrigins(byte[] document)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore };
        using var reader = XmlReader.Create(new MemoryStream(document), settings);
        List<(string, string)> origins = [];
        while (reader.Read())
        {
            if (reader is { NodeType: XmlNodeType.Element, Name: "allow-access-from" })
            {
                origins.Add((reader.GetAttribute("domain")!, reader.GetAttribute("to-ports")!));
            }
        }

        return origins;
    }
}
