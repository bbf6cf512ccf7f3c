using System.Net;
using System.Text;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace SocketIO.Server.Tests;

/// <summary>Polling by clients 0.5 and 0.6, request by request.</summary>
[Trait("Feature", "J-03")]
[Trait("Feature", "G-02")]
public sealed class PlainPollingTests
{
    [Fact]
    [Trait("Feature", "J-34")]
    [Trait("Feature", "J-37")]
    public async Task The_id_comes_alone_and_what_was_sent_since_comes_together()
    {
        await using var node = await LegacyNode.StartAsync(onConnection: static socket =>
        {
            socket.Send("hello ü☃😀");
            socket.Send(new { a = 1, s = "☃" });
        });

        var greeting = await node.GetAsync("/socket.io/xhr-polling//1300000000000");
        Assert.Equal((HttpStatusCode.OK, "text/plain; charset=UTF-8"), (greeting.Status, greeting.ContentType));
        Assert.Matches("^~m~20~m~[0-9A-Za-z_-]{20}$", greeting.Body);

        var poll = await node.GetAsync($"/socket.io/xhr-polling/{greeting.Body[8..]}/1300000000001");
        Assert.Equal("~m~10~m~hello ü☃😀~m~18~m~~j~{\"a\":1,\"s\":\"☃\"}", poll.Body);
        Assert.Equal("text/plain; charset=UTF-8", poll.ContentType);
    }

    [Fact]
    [Trait("Feature", "J-24")]
    [Trait("Feature", "J-33")]
    [Trait("Feature", "J-38")]
    public async Task What_a_client_posts_arrives_in_order_and_unaltered()
    {
        await using var node = await LegacyNode.StartAsync(onConnection: LegacyNode.Echo);
        var id = await node.BeginPollingAsync();

        var answer = await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~2~m~hi~m~10~m~~j~{\"x\":1}~m~1~m~ü~m~23~m~line1\nline2 \"q\" \\n &=%+");

        Assert.Equal((HttpStatusCode.OK, "ok", "text/plain"), (answer.Status, answer.Body, answer.ContentType));
        Assert.Equal(["connection", "message \"hi\"", "message {\"x\":1}", "message \"ü\"", """message "line1\nline2 \"q\" \\n \u0026=%\u002B" """.TrimEnd()], node.Told.Select(Normalize));
        Assert.Equal("~m~2~m~hi~m~10~m~~j~{\"x\":1}~m~1~m~ü~m~23~m~line1\nline2 \"q\" \\n &=%+", (await node.GetAsync($"/socket.io/xhr-polling/{id}/2")).Body);

        static string Normalize(string told) => told.Replace(" &=%+", " \\u0026=%\\u002B", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_without_a_content_type_is_read_too()
    {
        // As Internet Explorer 8 posts to another origin.
        await using var node = await LegacyNode.StartAsync();
        var id = await node.BeginPollingAsync();

        var answer = await node.AskAsync(HttpMethod.Post, $"/socket.io/xhr-polling/{id}/send", new ByteArrayContent("data=~m~2~m~hi"u8.ToArray()));

        Assert.Equal("ok", answer.Body);
        await node.UntilToldAsync("message \"hi\"");
    }

    [Fact]
    [Trait("Feature", "G-27")]
    public async Task A_body_without_the_field_is_refused_and_the_session_goes_on()
    {
        await using var node = await LegacyNode.StartAsync();
        var id = await node.BeginPollingAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, (await node.AskAsync(HttpMethod.Post, $"/socket.io/xhr-polling/{id}/send", new StringContent("dat=1"))).Status);

        Assert.Equal("ok", (await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~2~m~hi")).Body);
    }

    [Fact]
    [Trait("Feature", "G-22")]
    public async Task A_poll_for_which_there_is_nothing_ends_with_nothing()
    {
        await using var node = await LegacyNode.StartAsync();
        var id = await node.BeginPollingAsync();

        var poll = node.GetAsync($"/socket.io/xhr-polling/{id}/2");
        await node.UntilPolledAsync(id);
        node.Time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(poll.IsCompleted);
        node.Time.Advance(TimeSpan.FromSeconds(2));

        var answer = await poll;
        Assert.Equal((HttpStatusCode.OK, "", "0"), (answer.Status, answer.Body, answer.Header("Content-Length")));
        Assert.Equal(["connection"], node.Told);
    }

    [Fact]
    [Trait("Feature", "J-16")]
    [Trait("Feature", "J-28")]
    public async Task A_broadcast_reaches_who_polls_and_who_is_between_two_polls()
    {
        await using var node = await LegacyNode.StartAsync();
        var polling = await node.BeginPollingAsync();
        var between = await node.BeginPollingAsync();
        var poll = node.GetAsync($"/socket.io/xhr-polling/{polling}/2");
        await node.UntilPolledAsync(polling);

        node.Io.Send("news");

        Assert.Equal("~m~4~m~news", (await poll).Body);
        Assert.Equal("~m~4~m~news", (await node.GetAsync($"/socket.io/xhr-polling/{between}/2")).Body);
    }

    [Fact]
    public async Task The_newest_poll_counts_and_the_one_before_ends_with_nothing()
    {
        await using var node = await LegacyNode.StartAsync();
        var id = await node.BeginPollingAsync();
        var first = node.GetAsync($"/socket.io/xhr-polling/{id}/2");
        await node.UntilPolledAsync(id);
        var second = node.GetAsync($"/socket.io/xhr-polling/{id}/3");

        Assert.Equal("", (await first).Body);
        node.Io.Send("news");

        Assert.Equal("~m~4~m~news", (await second).Body);
    }

    [Fact]
    [Trait("Feature", "J-20")]
    [Trait("Feature", "J-25")]
    [Trait("Feature", "E-14")]
    [Trait("Feature", "G-14")]
    public async Task A_client_that_stays_away_is_gone_after_the_time_out_and_is_told_of_once()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.Version06.CloseTimeouts["xhr-polling"] = TimeSpan.FromSeconds(5));
        var id = await node.BeginPollingAsync();
        using (var gone = new CancellationTokenSource())
        {
            var poll = node.Http.GetAsync($"/socket.io/xhr-polling/{id}/2", gone.Token);
            await node.UntilPolledAsync(id);
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        }

        await Patience.Until(() => node.Io.Engine.Connections.All(static connection => !connection.CurrentTransport.CanWrite));
        node.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(["connection"], node.Told);
        node.Time.Advance(TimeSpan.FromSeconds(2));

        await node.UntilToldAsync("disconnect transport close");
        Assert.Equal(["connection", "disconnect transport close"], node.Told);
        await node.GetInVainAsync($"/socket.io/xhr-polling/{id}/3");
    }

    [Fact]
    [Trait("Feature", "G-26")]
    public async Task A_poll_of_a_session_that_is_not_known_is_not_answered_so_that_the_earliest_clients_stop()
    {
        var errors = new List<int>();
        await using var node = await LegacyNode.StartAsync();
        node.Io.Engine.ConnectionError += error => errors.Add(error.Code);

        await node.GetInVainAsync("/socket.io/xhr-polling/unknown/1");

        Assert.Equal([1], errors);
        Assert.Empty(node.Told);
    }

    [Theory]
    [InlineData("POST", "/socket.io/xhr-polling/unknown/send")]
    [InlineData("GET", "/socket.io/htmlfile/unknown/1")]
    [InlineData("GET", "/socket.io/jsonp-polling/unknown/1/0")]
    [Trait("Feature", "G-26")]
    public async Task A_session_that_is_not_known_is_refused(string method, string path)
    {
        await using var node = await LegacyNode.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await node.AskAsync(new HttpMethod(method), path, null)).Status);
        Assert.Empty(node.Told);
    }

    [Fact]
    public async Task A_session_of_another_generation_is_not_known()
    {
        await using var node = await LegacyNode.StartAsync();
        var open = await node.GetAsync("/socket.io/?EIO=3&transport=polling");
        var id = open.Body[(open.Body.IndexOf("\"sid\":\"", StringComparison.Ordinal) + 7)..][..20];

        await node.GetInVainAsync($"/socket.io/xhr-polling/{id}/1");
        Assert.Equal(HttpStatusCode.BadRequest, (await node.GetAsync($"/socket.io/?EIO=3&transport=polling&sid={await node.BeginPollingAsync()}")).Status);
    }

    [Theory]
    [InlineData("PUT", "/socket.io/xhr-polling//1")]
    [InlineData("POST", "/socket.io/xhr-polling//1")]
    [InlineData("DELETE", "/socket.io/xhr-polling/{0}/1")]
    [InlineData("HEAD", "/socket.io/xhr-polling/{0}/1")]
    [Trait("Feature", "G-20")]
    public async Task Other_methods_are_refused(string method, string path)
    {
        await using var node = await LegacyNode.StartAsync();
        var id = await node.BeginPollingAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, (await node.AskAsync(new HttpMethod(method), path.Replace("{0}", id, StringComparison.Ordinal), null)).Status);
        Assert.Equal(["connection"], node.Told);
    }

    [Theory]
    [InlineData("/socket.io/xhr-polling//1", "")]
    [InlineData("/socket.io/xhr-polling/unknown/send", "")]
    [InlineData("/socket.io/xhr-multipart/", "ok")]
    [Trait("Feature", "G-20")]
    public async Task A_preflight_is_answered_and_begins_no_session(string path, string body)
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.Cors = new CorsPolicyBuilder("http://a.example").AllowCredentials().Build());

        var answer = await node.AskAsync(HttpMethod.Options, path, null, ("Origin", "http://a.example"), ("Access-Control-Request-Method", "POST"));

        Assert.Equal((HttpStatusCode.OK, body), (answer.Status, answer.Body));
        Assert.Equal(
            ("http://a.example", "true", "POST"),
            (answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Credentials"), answer.Header("Access-Control-Allow-Methods")));
        Assert.Empty(node.Told);
    }

    [Fact]
    [Trait("Feature", "J-22")]
    [Trait("Feature", "G-18")]
    [Trait("Feature", "G-19")]
    public async Task Origins_are_those_of_the_policy()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options =>
        {
            options.Cors = new CorsPolicyBuilder("http://a.example").AllowCredentials().Build();
            options.AllowJsonp = true;
        });

        var allowed = await node.GetAsync("/socket.io/xhr-polling//1", ("Origin", "http://a.example"));
        Assert.Equal(("http://a.example", "true"), (allowed.Header("Access-Control-Allow-Origin"), allowed.Header("Access-Control-Allow-Credentials")));
        Assert.StartsWith("~m~20~m~", allowed.Body, StringComparison.Ordinal);

        var refused = await node.GetAsync("/socket.io/xhr-polling//1", ("Origin", "http://b.example"));
        Assert.Equal((HttpStatusCode.Unauthorized, "unauthorized", null), (refused.Status, refused.Body, refused.Header("Access-Control-Allow-Origin")));

        var script = await node.GetAsync("/socket.io/jsonp-polling//1/0", ("Origin", "http://b.example"));
        Assert.Equal((HttpStatusCode.OK, "alert('Cross domain security restrictions not met');"), (script.Status, script.Body));

        var socket = await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(async () =>
        {
            using var refusedSocket = new System.Net.WebSockets.ClientWebSocket();
            refusedSocket.Options.SetRequestHeader("Origin", "http://b.example");
            await refusedSocket.ConnectAsync(new UriBuilder(node.Node.Address) { Scheme = "ws", Path = "/socket.io/websocket" }.Uri, CancellationToken.None);
        });
        Assert.NotNull(socket);
        Assert.Equal(["connection"], node.Told);
    }

    [Fact]
    [Trait("Feature", "G-25")]
    public async Task Who_is_not_let_in_is_not_authorized()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.AllowRequest = static context =>
            ValueTask.FromResult(context.Request.Headers.ContainsKey("X-Key") ? null : "no key"));

        Assert.Equal(HttpStatusCode.Unauthorized, (await node.GetAsync("/socket.io/xhr-polling//1")).Status);
        Assert.Equal(HttpStatusCode.OK, (await node.GetAsync("/socket.io/xhr-polling//1", ("X-Key", "1"))).Status);
    }

    [Fact]
    [Trait("Feature", "G-16")]
    public async Task More_sessions_than_may_be_are_refused_and_one_that_ends_makes_room()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.MaxConnections = 1);
        await node.BeginPollingAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await node.GetAsync("/socket.io/xhr-polling//1")).Status);

        node.Time.Advance(TimeSpan.FromSeconds(11));
        await node.UntilToldAsync("disconnect transport close");
        await node.BeginPollingAsync();
    }

    [Fact]
    [Trait("Feature", "G-34")]
    public async Task What_is_malformed_is_reported_and_the_session_goes_on_for_some_time()
    {
        await using var node = await LegacyNode.StartAsync();
        var id = await node.BeginPollingAsync();

        Assert.Equal("ok", (await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~x~m~")).Body);
        Assert.Equal("ok", (await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~2~m~hi")).Body);
        Assert.Equal(["connection", "error EngineFormatException", "message \"hi\""], node.Told);

        for (var i = 0; i < 15; i++)
        {
            Assert.Equal("ok", (await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~x~m~")).Body);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~x~m~")).Status);
        await node.UntilToldAsync("disconnect parse error");
    }

    [Fact]
    public async Task A_body_beyond_the_bound_is_refused()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.MaxHttpBufferSize = 100);
        var id = await node.BeginPollingAsync();

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await node.PostAsync($"/socket.io/xhr-polling/{id}/send", new string('x', 100))).Status);
        Assert.Equal("ok", (await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~2~m~hi")).Body);
    }

    [Fact]
    [Trait("Feature", "J-06")]
    public async Task Scripts_poll_by_calls_of_a_function_of_the_page()
    {
        await using var node = await LegacyNode.StartAsync(onConnection: static socket => socket.Send("a\"\u2028</script>"));

        var greeting = await node.GetAsync("/socket.io/jsonp-polling//1300000000000/7");
        Assert.Equal("text/javascript; charset=UTF-8", greeting.ContentType);
        Assert.Matches(@"^io\.JSONP\[7\]\._\(""~m~20~m~[0-9A-Za-z_-]{20}""\);$", greeting.Body);

        var id = greeting.Body[23..43];
        Assert.Equal("io.JSONP[8]._(\"~m~12~m~a\\\"\\u2028</script>\");", (await node.GetAsync($"/socket.io/jsonp-polling/{id}/1300000000001/8")).Body);

        var poll = node.GetAsync($"/socket.io/jsonp-polling/{id}/1300000000002/8");
        await node.UntilPolledAsync(id);
        node.Time.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal("io.JSONP[8]._(\"\");", (await poll).Body);
    }

    [Theory]
    [InlineData("0);alert(1")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("")]
    [InlineData("99999999999")]
    [InlineData("%0A1")]
    public async Task Nothing_but_a_number_is_echoed_into_a_script(string index)
    {
        await using var node = await LegacyNode.StartAsync();

        Assert.StartsWith("io.JSONP[0]._(\"~m~", (await node.GetAsync($"/socket.io/jsonp-polling//1/{index}")).Body, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Feature", "X-12")]
    public async Task Line_feeds_survive_a_form_of_the_browsers_own()
    {
        await using var node = await LegacyNode.StartAsync();
        var greeting = await node.GetAsync("/socket.io/jsonp-polling//1/0");
        var id = greeting.Body[23..43];
        var form = new StringContent(
            "data=%7Em%7E16%7Em%7E%7Ej%7E%7B%22b%22%3A%5B2%2C%22%C3%A9%22%5D%7D%7Em%7E23%7Em%7Eline1%0D%0Aline2+%22q%22+%5Cn+%26%3D%25%2B",
            Encoding.UTF8,
            "application/x-www-form-urlencoded");

        Assert.Equal("ok", (await node.AskAsync(HttpMethod.Post, $"/socket.io/jsonp-polling/{id}/1/0", form)).Body);

        Assert.Equal(["connection", "message {\"b\":[2,\"é\"]}", "message \"line1\\nline2 \\\"q\\\" \\\\n &=%+\""], node.Told);
    }

    [Fact]
    public async Task Polling_by_scripts_is_off_where_cookies_count()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.Cookie = new EngineCookieBuilder());

        Assert.Equal(HttpStatusCode.BadRequest, (await node.GetAsync("/socket.io/jsonp-polling//1/0")).Status);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a?b")]
    [InlineData("a#b")]
    public async Task An_id_that_no_URL_could_hold_is_not_given(string id)
    {
        await using var node = await LegacyNode.StartAsync(configure: options => options.GenerateId = _ => ValueTask.FromResult(id));

        Assert.Equal(HttpStatusCode.BadRequest, (await node.GetAsync("/socket.io/xhr-polling//1")).Status);
    }
}
