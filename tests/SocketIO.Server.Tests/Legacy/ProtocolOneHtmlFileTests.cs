using System.Text;

namespace SocketIO.Server.Tests;

/// <summary>The forever iframe of clients 0.7 to 0.9.</summary>
[Trait("Feature", "K-26")]
public sealed class ProtocolOneHtmlFileTests
{
    private static readonly string Preamble =
        "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>" + new string(' ', 173);

    [Theory]
    [InlineData("/socket.io/1/htmlfile/{id}?t=1")]
    [InlineData("/socket.io/1/htmlfile/{id}/?t=1")]
    public async Task It_is_a_page_of_a_script_for_each_packet(string url)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        var session = await ProtocolOneSession.ShakeHandsAsync(node, transport: "htmlfile");
        using var stream = await node.OpenStreamAsync(url.Replace("{id}", session.Id, StringComparison.Ordinal));
        Assert.Equal("text/html; charset=UTF-8", stream.ContentType);
        Assert.Equal(Preamble + """<script>_("1::");</script>""", await stream.ReadUntilAsync("1::\");</script>"));

        await session.SendAsync("3:::plain é☃😀", """4:::{"b":[2,"é"]}""", "3:::a/b");
        await session.SendAsync("1::/chat");

        Assert.Equal(
            Preamble + """<script>_("1::");</script><script>_("3:::plain é☃😀");</script><script>_("4:::{\"b\":[2,\"é\"]}");</script><script>_("3:::a\/b");</script><script>_("7::\/chat:2");</script>""",
            await stream.ReadUntilAsync("chat:2\");</script>"));
    }

    [Fact]
    public async Task The_first_chunk_has_256_bytes_and_is_there_before_any_packet()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var connection = await RawConnection.OpenAsync(node.Node.Address);
        await connection.SendAsync(Encoding.ASCII.GetBytes($"GET /socket.io/1/htmlfile/{session.Id}?t=1 HTTP/1.1\r\nHost: a\r\n\r\n"));

        var received = "";
        while (!received.Contains("1::", StringComparison.Ordinal))
        {
            received += await connection.ReceiveTextAsync();
        }

        Assert.Contains("Transfer-Encoding: chunked\r\n", received, StringComparison.Ordinal);
        Assert.EndsWith($"\r\n\r\n100\r\n{Preamble}\r\n1a\r\n<script>_(\"1::\");</script>\r\n", received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_text_ends_its_script_or_begins_a_comment()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: static socket => socket.Send("</script><!--<script>\u2028\\\"\n"));
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var stream = await node.OpenStreamAsync(session.UrlOf("htmlfile"));

        var page = await stream.ReadUntilAsync("4:::");

        Assert.EndsWith("""<script>_("4:::\"\u003c\/script>\u003c!--\u003cscript>\\u2028\\\\\\\"\\n\"");</script>""", page, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Feature", "K-30")]
    public async Task It_has_heartbeats_which_are_answered_by_post()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node, transport: "htmlfile");
        using var stream = await node.OpenStreamAsync(session.Url);
        await stream.ReadUntilAsync("1::");

        node.Time.Advance(TimeSpan.FromSeconds(26));
        await stream.ReadUntilAsync("""<script>_("2::");</script>""");
        await session.SendAsync("2::");
        node.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(["connection"], node.Told);

        node.Time.Advance(TimeSpan.FromSeconds(60));
        await node.UntilToldAsync("disconnect ping timeout");
    }

    [Fact]
    [Trait("Feature", "K-18")]
    public async Task Who_says_goodbye_hears_it_and_the_page_ends()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node, transport: "htmlfile");
        using var stream = await node.OpenStreamAsync(session.Url);
        await stream.ReadUntilAsync("1::");

        await session.SendAsync("0::");

        Assert.EndsWith("""<script>_("1::");</script><script>_("0::");</script>""", await stream.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(["connection", "disconnect client namespace disconnect"], node.Told);
    }

    [Fact]
    public async Task Whom_the_engine_closes_is_advised_to_come_back()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node, transport: "htmlfile");
        using var stream = await node.OpenStreamAsync(session.Url);
        await stream.ReadUntilAsync("1::");

        Assert.Single(node.Io.Engine.Connections).Close();

        Assert.EndsWith("""<script>_("1::");</script><script>_("7:::1+0");</script>""", await stream.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_not_known_is_advised_to_reconnect()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);

        using var stream = await node.OpenStreamAsync("/socket.io/1/htmlfile/nosuch?t=1");

        Assert.Equal("text/html; charset=UTF-8", stream.ContentType);
        Assert.Equal(Preamble + """<script>_("7:::1+0");</script>""", await stream.ReadToEndAsync());
        Assert.Empty(node.Told);
    }

    [Fact]
    public async Task A_session_ends_with_its_page()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node, transport: "htmlfile");
        using (var stream = await node.OpenStreamAsync(session.Url))
        {
            await stream.ReadUntilAsync("1::");
        }

        await node.UntilToldAsync("disconnect transport close");
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_second_page_takes_the_place_of_the_first()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node, transport: "htmlfile");
        using var first = await node.OpenStreamAsync(session.Url);
        await first.ReadUntilAsync("1::");
        var connection = Assert.Single(node.Io.Engine.Connections);
        var before = connection.CurrentTransport;
        using var second = await node.OpenStreamAsync(session.Url);
        await Patience.Until(() => !ReferenceEquals(connection.CurrentTransport, before));

        node.Io.Send("x");

        Assert.Equal(Preamble + """<script>_("3:::x");</script>""", await second.ReadUntilAsync("x\");</script>"));
        Assert.Equal(["connection"], node.Told);
    }
}
