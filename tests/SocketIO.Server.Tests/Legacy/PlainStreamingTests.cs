namespace SocketIO.Server.Tests;

/// <summary>The responses that do not end, of clients before 0.7.</summary>
[Trait("Feature", "G-02")]
public sealed class PlainStreamingTests
{
    [Fact]
    [Trait("Feature", "J-05")]
    public async Task A_forever_frame_is_a_page_of_a_script_for_each_message()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version06, onConnection: static socket =>
        {
            LegacyNode.Echo(socket);
            socket.Send("hello ü☃😀");
            socket.Send(new { a = 1, s = "☃" });
        });
        using var stream = await node.OpenStreamAsync("/socket.io/htmlfile//1300000000000");

        var text = await stream.ReadUntilAsync("s\\\":\\\"☃\\\"}\", document);</script>");

        Assert.Equal("text/html", stream.ContentType);
        Assert.Equal("<html><body>".PadRight(256), text[..256]);
        var id = text[(256 + 28)..][..20];
        Assert.Equal(
            $"""<script>parent.s._("~m~20~m~{id}", document);</script><script>parent.s._("~m~10~m~hello ü☃😀", document);</script>"""
            + """<script>parent.s._("~m~18~m~~j~{\"a\":1,\"s\":\"☃\"}", document);</script>""",
            text[256..]);

        Assert.Equal("ok", (await node.PostAsync($"/socket.io/htmlfile/{id}/send", "~m~31~m~</script><script>alert(1)<!--//")).Body);
        Assert.EndsWith(
            """<script>parent.s._("~m~31~m~\u003c\/script>\u003cscript>alert(1)\u003c!--\/\/", document);</script>""",
            await stream.ReadUntilAsync("alert(1)\\u003c!--\\/\\/\", document);</script>"),
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Feature", "J-04")]
    public async Task A_multipart_response_has_a_part_for_each_message()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version06, onConnection: static socket =>
        {
            LegacyNode.Echo(socket);
            socket.Send("hello");
        });
        using var stream = await node.OpenStreamAsync("/socket.io/xhr-multipart/");

        var text = await stream.ReadUntilAsync("hello\n--socketio\n");

        Assert.Equal("multipart/x-mixed-replace; boundary=\"socketio\"", stream.ContentType);
        var id = text[(text.IndexOf("~m~20~m~", StringComparison.Ordinal) + 8)..][..20];
        Assert.Equal($"--socketio\nContent-Type: text/plain\n\n~m~20~m~{id}\n--socketio\nContent-Type: text/plain\n\n~m~5~m~hello\n--socketio\n", text);

        Assert.Equal("ok", (await node.PostAsync($"/socket.io/xhr-multipart/{id}/send", "~m~2~m~hi")).Body);
        Assert.EndsWith("Content-Type: text/plain\n\n~m~2~m~hi\n--socketio\n", await stream.ReadUntilAsync("hi\n--socketio\n"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Feature", "J-07")]
    [Trait("Feature", "E-01")]
    public async Task Events_that_the_server_sends_have_a_line_of_data_for_each_of_the_messages()
    {
        await using var node = await LegacyNode.StartAsync();
        using var stream = await node.OpenStreamAsync("/socket.io/server-events");

        var text = await stream.ReadUntilAsync("\n\n");

        Assert.Equal("application/x-dom-event-stream", stream.ContentType);
        Assert.Matches("""^Event: socket\.io\ndata: \{"messages":\["\{\\"sessionid\\":\\".{20}\\"\}"\]\}\n\n$""", text);

        node.Io.Send("hi");
        await stream.ReadUntilAsync("Event: socket.io\ndata: {\"messages\":[\"hi\"]}\n\n");
    }

    [Fact]
    [Trait("Feature", "E-01")]
    public async Task The_earliest_frames_have_objects_and_heartbeats_in_comments()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version02, onConnection: static socket => socket.Send("</script>"));
        using var stream = await node.OpenStreamAsync("/socket.io/htmlfile//1300000000000");

        var text = await stream.ReadUntilAsync("u003c/script>\"]}, document);</script>");
        node.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal("<html><body>".PadRight(255), text[..255]);
        Assert.Matches("""^<script>parent\.s\._\(\{"messages":\["\{\\"sessionid\\":\\".{20}\\"\}"\]\}, document\);</script>""", text[255..]);
        Assert.EndsWith("""<script>parent.s._({"messages":["\u003c/script>"]}, document);</script>""", text, StringComparison.Ordinal);
        await stream.ReadUntilAsync("<!-- heartbeat -->");
    }

    [Fact]
    [Trait("Feature", "E-01")]
    public async Task The_earliest_parts_have_heartbeats_of_one_byte()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version02);
        using var stream = await node.OpenStreamAsync("/socket.io/xhr-multipart/");
        await stream.ReadUntilAsync("\n--socketio\n");

        node.Time.Advance(TimeSpan.FromSeconds(11));

        await stream.ReadUntilAsync("Content-Type: text/plain; charset=us-ascii\n\n\u0006\n--socketio\n");
    }

    [Theory]
    [InlineData("/socket.io/htmlfile//1", @"(""{\""messages\"":[\""{\\\""sessionid\\\"":\\\""", @"(""~m~4~m~~h~1"",", @"(""{\""messages\"":[\""hi\""]}"",", @"(""~m~2~m~hi"",")]
    [InlineData("/socket.io/xhr-multipart/", @"{""messages"":[""{\""sessionid\"":\""", "~m~4~m~~h~1\n", @"{""messages"":[""hi""]}", "~m~2~m~hi\n")]
    [Trait("Feature", "X-01")]
    public async Task A_client_that_may_be_either_gets_everything_in_both_forms_until_it_says_something(string path, string greeting, string probe, string one, string other)
    {
        await using var node = await LegacyNode.StartAsync(onConnection: LegacyNode.Echo);
        using var stream = await node.OpenStreamAsync(path);
        await stream.ReadUntilAsync(greeting);
        var text = await stream.ReadUntilAsync(probe);
        var id = text[(text.IndexOf("~m~20~m~", StringComparison.Ordinal) + 8)..][..20];

        node.Io.Send("hi");
        await stream.ReadUntilAsync(one);
        await stream.ReadUntilAsync(other);

        await node.PostAsync($"{path.Split("//")[0].TrimEnd('/')}/{id}/send", "[\"one\"]");
        text = await stream.ReadUntilAsync(one.Replace("hi", "one", StringComparison.Ordinal));
        node.Io.Send("end");
        text = await stream.ReadUntilAsync(one.Replace("hi", "end", StringComparison.Ordinal));
        Assert.DoesNotContain("~m~3~m~one", text, StringComparison.Ordinal);
        Assert.DoesNotContain("~m~3~m~end", text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Feature", "J-36")]
    public async Task A_session_ends_at_once_with_its_stream()
    {
        await using var node = await LegacyNode.StartAsync();
        using (var stream = await node.OpenStreamAsync("/socket.io/xhr-multipart/"))
        {
            await stream.ReadUntilAsync("~m~20~m~");
        }

        await node.UntilToldAsync("disconnect transport close");
    }

    [Fact]
    public async Task A_client_that_the_server_disconnects_sees_its_stream_end_after_the_last_message()
    {
        await using var node = await LegacyNode.StartAsync(onConnection: static socket => socket.On("message", () =>
        {
            socket.Send("bye");
            socket.Disconnect();
        }));
        using var stream = await node.OpenStreamAsync("/socket.io/xhr-multipart/");
        var text = await stream.ReadUntilAsync("~h~1");
        await node.PostAsync($"/socket.io/xhr-multipart/{text[(text.IndexOf("~m~20~m~", StringComparison.Ordinal) + 8)..][..20]}/send", "~m~2~m~go");

        Assert.EndsWith("~m~3~m~bye\n--socketio\n", await stream.ReadToEndAsync(), StringComparison.Ordinal);
        await node.UntilToldAsync("disconnect server namespace disconnect");
    }
}
