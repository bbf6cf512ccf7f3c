using System.Net;
using System.Text;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace SocketIO.Server.Tests;

/// <summary>Polling by clients 0.7 to 0.9, request by request.</summary>
[Trait("Feature", "K-26")]
public sealed class ProtocolOnePollingTests
{
    [Fact]
    [Trait("Feature", "K-05")]
    public async Task The_first_answer_says_connected_and_the_next_has_all_that_has_been_sent()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: static socket =>
        {
            socket.Send("hello ü☃😀");
            socket.Send(new { a = 1, s = "☃" });
            socket.Emit("news", "x", new[] { 1, 2 }, new { k = (string?)null });
        });
        var session = await ProtocolOneSession.ShakeHandsAsync(node);

        var first = await node.GetAsync(session.Url);
        var second = await node.GetAsync(session.Url);

        Assert.Equal((HttpStatusCode.OK, "text/plain; charset=UTF-8", "1::"), (first.Status, first.ContentType, first.Body));
        Assert.Equal("3", first.Header("Content-Length"));
        Assert.Equal("\ufffd14\ufffd3:::hello ü☃😀\ufffd19\ufffd4:::{\"a\":1,\"s\":\"☃\"}\ufffd49\ufffd5:::{\"name\":\"news\",\"args\":[\"x\",[1,2],{\"k\":null}]}", second.Body);
    }

    [Theory]
    [InlineData("xhr-polling")]
    [InlineData("jsonp-polling")]
    [Trait("Feature", "K-04")]
    public async Task What_is_posted_arrives_in_order_and_is_answered_by_1(string transport)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        var session = await ProtocolOneSession.ConnectAsync(node, transport: transport);

        var answer = await session.PostAsync("3:::plain é☃😀", """4:::{"b":[2,"é"]}""", "3:::&=%+/ \"q\" \\n");

        Assert.Equal((HttpStatusCode.OK, "text/plain; charset=UTF-8", "1"), (answer.Status, answer.ContentType, answer.Body));
        Assert.Equal(["3:::plain é☃😀", """4:::{"b":[2,"é"]}""", "3:::&=%+/ \"q\" \\n"], await session.PollAsync());
    }

    [Theory]
    [Trait("Feature", "X-05")]
    [Trait("Feature", "X-12")]
    [InlineData("d=%223%3A%3A%3Aplain+%C3%A9%E2%98%83%22", "3:::plain é☃")]
    [InlineData("d=3%3A%3A%3Aplain+%C3%A9%E2%98%83", "3:::plain é☃")]
    [InlineData("d=%EF%BF%BD10%EF%BF%BD3%3A%3A%3Aa%0D%0Ab+%5Cn%EF%BF%BD5%EF%BF%BD3%3A%3A%3Ac", """4:::"a\nb \\n" """, "3:::c")]
    public async Task The_form_of_a_script_page_has_the_payload_as_json_or_as_it_is(string form, params string[] packets)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        var session = await ProtocolOneSession.ConnectAsync(node, transport: "jsonp-polling");

        var answer = await node.AskAsync(HttpMethod.Post, session.Url, new StringContent(form, Encoding.ASCII, "application/x-www-form-urlencoded"));

        Assert.Equal("1", answer.Body);
        Assert.Equal(packets.Select(static packet => packet.TrimEnd()), await session.PollAsync());
    }

    [Fact]
    public async Task A_form_that_cannot_be_read_is_dropped()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        var session = await ProtocolOneSession.ConnectAsync(node, transport: "jsonp-polling");

        Assert.Equal("1", (await node.AskAsync(HttpMethod.Post, session.Url, new StringContent("d=%22x", Encoding.ASCII))).Body);
        await session.SendAsync("3:::still here");

        Assert.Equal(["3:::still here"], await session.PollAsync());
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("&i=", 0)]
    [InlineData("&i=7", 7)]
    [InlineData("&i=7]);alert(1);//", 0)]
    [InlineData("&i=%0A7", 0)]
    public async Task A_script_calls_the_function_that_the_request_names_by_a_number(string query, int index)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: static socket => socket.Send("</script>\u2028\"/"));
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        var url = $"/socket.io/1/jsonp-polling/{session.Id}?t=1{query}";

        var first = await node.GetAsync(url);
        var second = await node.GetAsync(url);

        Assert.Equal((HttpStatusCode.OK, "text/javascript; charset=UTF-8", "0"), (first.Status, first.ContentType, first.Header("X-XSS-Protection")));
        Assert.Equal($"io.j[{index}](\"1::\");", first.Body);
        Assert.Equal($$"""io.j[{{index}}]("4:::\"</script>\\u2028\\\"/\"");""", second.Body);
    }

    [Theory]
    [InlineData("/socket.io/1/xhr-polling/{id}?t=1")]
    [InlineData("/socket.io/1/xhr-polling/{id}/?t=1")]
    [InlineData("/socket.io/1/xhr-polling/{id}?t1300000000001")]
    [InlineData("/socket.io/1/xhr-polling/{id}")]
    [InlineData("/socket.io/1/xhr-polling/{id}?token=ab&t=1")]
    public async Task All_spellings_of_a_sessions_url_are_understood(string url)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        url = url.Replace("{id}", session.Id, StringComparison.Ordinal);

        Assert.Equal("1::", (await node.GetAsync(url)).Body);
        Assert.Equal("1", (await node.AskAsync(HttpMethod.Post, url, new StringContent("3:::a"))).Body);
        Assert.Equal("3:::a", (await node.GetAsync(url)).Body);
    }

    [Fact]
    public async Task A_body_without_a_content_type_is_read_too()
    {
        // As Internet Explorer 8 posts to another origin.
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        var session = await ProtocolOneSession.ConnectAsync(node);

        Assert.Equal("1", (await node.AskAsync(HttpMethod.Post, session.Url, new ByteArrayContent("3:::a"u8.ToArray()))).Body);

        Assert.Equal(["3:::a"], await session.PollAsync());
    }

    [Fact]
    public async Task A_poll_waits_for_what_is_sent_and_ends_with_nothing_after_20_seconds()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ConnectAsync(node);

        var poll = session.PollAsync();
        await session.UntilPolledAsync();
        node.Io.Send("now");
        Assert.Equal(["3:::now"], await poll);

        poll = session.PollAsync();
        await session.UntilPolledAsync();
        node.Time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(poll.IsCompleted);
        node.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["8::"], await poll);
    }

    [Theory]
    [InlineData("xhr-polling", "8::")]
    [InlineData("jsonp-polling", """io.j[3]("8::");""")]
    public async Task The_newest_poll_wins(string transport, string older)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ConnectAsync(node, transport: transport);
        var first = node.GetAsync(session.Url);
        await session.UntilPolledAsync();

        var second = session.PollAsync();

        Assert.Equal(older, (await first).Body);
        node.Io.Send("for the second");
        Assert.Equal(["3:::for the second"], await second);
    }

    [Fact]
    public async Task What_is_sent_between_two_polls_waits_for_the_next_by_whatever_transport()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ConnectAsync(node);

        node.Io.Send("one");
        node.Io.Send("two");
        Assert.Equal(["3:::one", "3:::two"], await session.PollAsync());

        node.Io.Send("three");
        Assert.Equal($$"""io.j[5]("3:::three");""", (await node.GetAsync($"/socket.io/1/jsonp-polling/{session.Id}?i=5")).Body);

        node.Io.Send("four");
        node.Io.Send("five");
        using var socket = await session.OpenWebSocketAsync();
        Assert.Equal(["3:::four", "3:::five"], await socket.ReceiveAsync(2));
        Assert.Equal(["connection"], node.Told);
    }

    [Fact]
    [Trait("Feature", "K-32")]
    public async Task A_session_that_is_not_polled_for_the_close_timeout_has_ended()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ConnectAsync(node);

        node.Time.Advance(TimeSpan.FromSeconds(59));
        node.Io.Send("still here");
        Assert.Equal(["3:::still here"], await session.PollAsync());
        Assert.DoesNotContain("disconnect transport close", node.Told);

        node.Time.Advance(TimeSpan.FromSeconds(61));
        await node.UntilToldAsync("disconnect transport close");
        Assert.Equal(["7:::1+0"], await session.PollAsync());
    }

    [Fact]
    public async Task A_poll_that_the_client_breaks_off_does_no_harm()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ConnectAsync(node);
        using (var aborted = new CancellationTokenSource())
        {
            var poll = node.Http.GetAsync(session.Url, aborted.Token);
            await session.UntilPolledAsync();
            await aborted.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        }

        await Patience.Until(() => node.Io.Engine.Connections.All(static connection => !connection.CurrentTransport.CanWrite));
        node.Io.Send("later");

        Assert.Equal(["3:::later"], await session.PollAsync());
    }

    [Fact]
    [Trait("Feature", "K-30")]
    public async Task Who_polls_gets_no_heartbeats_and_may_send_some()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ConnectAsync(node);

        for (var minute = 0; minute < 5; minute++)
        {
            var poll = session.PollAsync();
            await session.UntilPolledAsync();
            node.Time.Advance(TimeSpan.FromSeconds(20.5));
            Assert.Equal(["8::"], await poll);
            await session.SendAsync("2::");
            node.Time.Advance(TimeSpan.FromSeconds(39));
        }

        Assert.Equal(["connection"], node.Told);
    }

    [Theory]
    [InlineData("xhr-polling", "text/plain; charset=UTF-8", "7:::1+0", null)]
    [InlineData("jsonp-polling", "text/javascript; charset=UTF-8", """io.j[2]("7:::1+0");""", "0")]
    public async Task Who_is_not_known_is_advised_to_reconnect_in_the_form_of_the_transport(string transport, string contentType, string body, string? protection)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);

        var poll = await node.GetAsync($"/socket.io/1/{transport}/nosuch?t=1&i=2");
        var post = await node.AskAsync(HttpMethod.Post, $"/socket.io/1/{transport}/nosuch?t=1&i=2", new StringContent("3:::x"));

        Assert.Equal((HttpStatusCode.OK, contentType, body), (poll.Status, poll.ContentType, poll.Body));
        Assert.Equal(protection, poll.Header("X-XSS-Protection"));
        Assert.Equal((HttpStatusCode.OK, "text/plain; charset=UTF-8", "1"), (post.Status, post.ContentType, post.Body));
        Assert.Empty(node.Told);
    }

    [Theory]
    [Trait("Feature", "X-06")]
    [Trait("Feature", "K-18")]
    [InlineData("GET", "/socket.io/1//{id}/?disconnect=1")]
    [InlineData("GET", "/socket.io/1/xhr-polling/{id}?disconnect")]
    [InlineData("GET", "/socket.io/1/xhr-polling/{id}/?t=1&disconnect=1")]
    [InlineData("POST", "/socket.io/1/xhr-polling/{id}?disconnect=1")]
    [InlineData("GET", "/socket.io/1/websocket/{id}?disconnect")]
    [InlineData("GET", "/socket.io/1/{id}")]
    [InlineData("GET", "/socket.io/1/{id}/")]
    public async Task All_ways_of_leaving_end_the_session_at_once(string method, string url)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ConnectAsync(node);
        var poll = session.PollAsync();
        await session.UntilPolledAsync();

        var answer = await node.AskAsync(new HttpMethod(method), url.Replace("{id}", session.Id, StringComparison.Ordinal), content: null);

        Assert.Equal((HttpStatusCode.OK, ""), (answer.Status, answer.Body));
        Assert.Equal(["0::"], await poll);
        Assert.Equal(["connection", "disconnect client namespace disconnect"], node.Told);
        Assert.Equal(["7:::1+0"], await session.PollAsync());
    }

    [Fact]
    [Trait("Feature", "X-06")]
    public async Task Who_leaves_before_a_transport_was_opened_was_never_there()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);

        await node.GetAsync($"/socket.io/1//{session.Id}/?disconnect=1");
        await node.GetAsync("/socket.io/1//nosuch/?disconnect=1");

        Assert.Equal(["7:::1+0"], await session.PollAsync());
        Assert.Empty(node.Told);
    }

    [Theory]
    [Trait("Feature", "K-18")]
    [InlineData("xhr-polling", "0::", "0::")]
    [InlineData("xhr-polling", "0", "0::")]
    [InlineData("jsonp-polling", "0::", """io.j[3]("0::");""")]
    public async Task Who_says_goodbye_hears_it(string transport, string goodbye, string heard)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ConnectAsync(node, transport: transport);
        var poll = node.GetAsync(session.Url);
        await session.UntilPolledAsync();

        await session.SendAsync(goodbye);

        Assert.Equal(heard, (await poll).Body);
        Assert.Equal(["connection", "disconnect client namespace disconnect"], node.Told);
    }

    [Fact]
    [Trait("Feature", "K-18")]
    public async Task Whom_the_server_disconnects_hears_it_by_the_poll_that_waits_or_the_next()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var waiting = await ProtocolOneSession.ConnectAsync(node);
        var between = await ProtocolOneSession.ConnectAsync(node);
        var poll = waiting.PollAsync();
        await waiting.UntilPolledAsync();

        await node.Io.DisconnectSocketsAsync();

        Assert.Equal(["0::"], await poll);
        Assert.Equal(["0::"], await between.PollAsync());
        Assert.Equal(2, node.Told.Count(static told => told == "disconnect server namespace disconnect"));
        Assert.Equal(["7:::1+0"], await waiting.PollAsync());
    }

    [Fact]
    public async Task Whom_the_engine_closes_is_advised_to_come_back()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ConnectAsync(node);
        var poll = session.PollAsync();
        await session.UntilPolledAsync();

        Assert.Single(node.Io.Engine.Connections).Close();

        Assert.Equal(["7:::1+0"], await poll);
        Assert.Contains("disconnect forced close", node.Told);
    }

    [Theory]
    [InlineData("4:::{bad")]
    [InlineData("9::")]
    [InlineData("\ufffd5\ufffd3::")]
    [InlineData("")]
    public async Task Who_sends_what_is_no_packet_is_closed(string payload)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ConnectAsync(node);
        var poll = session.PollAsync();
        await session.UntilPolledAsync();

        Assert.Equal("1", (await session.PostAsync(payload)).Body);

        Assert.Equal(["7:::1+0"], await poll);
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused_and_the_session_goes_on()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options => options.MaxHttpBufferSize = 100, LegacyNode.Echo);
        var session = await ProtocolOneSession.ConnectAsync(node);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await session.PostAsync("3:::" + new string('x', 100))).Status);
        await session.SendAsync("3:::" + new string('x', 96));

        Assert.Equal(["3:::" + new string('x', 96)], await session.PollAsync());
    }

    [Fact]
    [Trait("Feature", "K-31")]
    public async Task What_waits_is_bounded_and_the_sender_hears_of_it()
    {
        Socket? socket = null;
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options => options.Version09.QueueLength = 32, connected => socket = connected);
        var session = await ProtocolOneSession.ConnectAsync(node);

        for (var i = 0; i < 32; i++)
        {
            socket!.Send($"{i}");
        }

        Assert.Throws<QueueFullException>(() => socket!.Send("one too many"));
        node.Io.Send("and one for all");

        Assert.Equal(Enumerable.Range(0, 32).Select(static i => $"3:::{i}"), await session.PollAsync());
        Assert.Equal(["connection"], node.Told);
    }

    [Theory]
    [InlineData("xhr-polling")]
    [InlineData("jsonp-polling")]
    public async Task Pages_of_allowed_origins_may_read_the_answers(string transport)
    {
        await using var node = await LegacyNode.StartAsync(
            Generations.Version09,
            options =>
            {
                options.Cors = new CorsPolicyBuilder("http://page.example").AllowCredentials().Build();
                options.AllowJsonp = true;
            });
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        var url = session.UrlOf(transport);

        var poll = await node.GetAsync(url, ("Origin", "http://page.example"));
        var post = await node.AskAsync(HttpMethod.Post, url, new StringContent(transport == "xhr-polling" ? "2::" : "d=2%3A%3A"), ("Origin", "http://page.example"));

        foreach (var answer in new[] { poll, post })
        {
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Equal("http://page.example", answer.Header("Access-Control-Allow-Origin"));
            Assert.Equal("true", answer.Header("Access-Control-Allow-Credentials"));
        }

        Assert.Equal("0", post.Header("X-XSS-Protection"));
    }

    [Fact]
    public async Task A_session_of_another_generation_cannot_be_reached_here()
    {
        await using var node = await LegacyNode.StartAsync();
        var greeting = await node.GetAsync("/socket.io/?EIO=4&transport=polling");
        var id = System.Text.Json.JsonElement.Parse(greeting.Body[1..]).GetProperty("sid").GetString();
        var session = await ProtocolOneSession.ConnectAsync(node);

        Assert.Equal("7:::1+0", (await node.GetAsync($"/socket.io/1/xhr-polling/{id}")).Body);
        Assert.Equal("", (await node.GetAsync($"/socket.io/1//{id}/?disconnect=1")).Body);
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", (await node.GetAsync($"/socket.io/?EIO=4&transport=polling&sid={session.Id}")).Body);
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", (await node.GetAsync($"/socket.io/?EIO=3&transport=polling&sid={session.Id}")).Body);
        await node.GetInVainAsync($"/socket.io/xhr-polling/{session.Id}/1");
        Assert.Equal(2, node.Io.Engine.ClientsCount);
    }
}
