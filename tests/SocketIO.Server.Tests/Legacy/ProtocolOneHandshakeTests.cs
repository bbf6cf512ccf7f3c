using System.Net;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace SocketIO.Server.Tests;

/// <summary>The handshake of clients 0.7 to 0.9, and its refusals.</summary>
public sealed class ProtocolOneHandshakeTests
{
    private const string Transports = "websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling";

    [Theory]
    [Trait("Feature", "K-26")]
    [Trait("Feature", "K-28")]
    [InlineData("GET", "/socket.io/1/?t=1300000000000")]
    [InlineData("GET", "/socket.io/1/?token=ab&t=1300000000000")]
    [InlineData("GET", "/socket.io/1/?t1300000000000")]
    [InlineData("GET", "/socket.io/1/")]
    [InlineData("GET", "/socket.io/1")]
    [InlineData("GET", "/socket.io/1/xhr-polling")]
    [InlineData("GET", "/socket.io/1/xhr-polling/?t=1")]
    [InlineData("POST", "/socket.io/1/?t=1300000000000")]
    public async Task It_gives_an_id_the_times_in_seconds_and_the_transports(string method, string path)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);

        var answer = await node.AskAsync(new HttpMethod(method), path, content: null);

        Assert.Equal((HttpStatusCode.OK, "text/plain"), (answer.Status, answer.ContentType));
        Assert.Matches($"^[0-9A-Za-z_-]{{20}}:60:60:{Transports}$", answer.Body);
    }

    [Fact]
    [Trait("Feature", "K-27")]
    public async Task Times_and_transports_are_those_of_the_options()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options =>
        {
            options.Version09.HeartbeatInterval = TimeSpan.FromSeconds(10);
            options.Version09.PollDuration = TimeSpan.FromSeconds(10);
            options.Version09.HeartbeatTimeout = TimeSpan.FromSeconds(15);
            options.Version09.CloseTimeout = TimeSpan.FromSeconds(25);
            options.Version09.Transports = LegacyTransportTypes.XhrPolling | LegacyTransportTypes.WebSocket;
        });

        Assert.EndsWith(":15:25:websocket,xhr-polling", (await node.GetAsync("/socket.io/1/")).Body, StringComparison.Ordinal);
        Assert.Equal("Transport building failed", (await node.GetAsync("/socket.io/1/htmlfile/x")).Body);
    }

    [Theory]
    [InlineData(TransportTypes.WebSocket, null, "websocket,flashsocket")]
    [InlineData(TransportTypes.Polling, null, "htmlfile,xhr-polling,jsonp-polling")]
    [InlineData(TransportTypes.Polling, false, "htmlfile,xhr-polling")]
    public async Task What_the_server_does_not_offer_anybody_is_not_offered(TransportTypes transports, bool? jsonp, string names)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options =>
        {
            options.Transports = transports;
            options.AllowJsonp = jsonp;
        });

        Assert.EndsWith(":" + names, (await node.GetAsync("/socket.io/1/")).Body, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Feature", "X-05")]
    public async Task Pages_that_can_only_load_scripts_get_it_as_a_call()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);

        var answer = await node.GetAsync("/socket.io/1/?t=1&jsonp=3");

        Assert.Equal((HttpStatusCode.OK, "application/javascript"), (answer.Status, answer.ContentType));
        Assert.Matches($"^io\\.j\\[3\\]\\(\"[0-9A-Za-z_-]{{20}}:60:60:{Transports}\"\\);$", answer.Body);
    }

    [Theory]
    [Trait("Feature", "X-05")]
    [InlineData("alert")]
    [InlineData("1]);alert(1);//")]
    [InlineData("-1")]
    [InlineData("99999999999999999999")]
    [InlineData("%0A1")]
    [InlineData("")]
    public async Task An_index_that_is_no_number_is_not_echoed(string index)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);

        var answer = await node.GetAsync($"/socket.io/1/?jsonp={index}");

        Assert.Equal("text/plain", answer.ContentType);
        Assert.EndsWith(Transports, answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", HttpStatusCode.Forbidden, "handshake unauthorized")]
    [InlineData("not \"today\"", HttpStatusCode.Forbidden, "not \"today\"")]
    public async Task Who_is_refused_gets_the_reason(string refusal, HttpStatusCode status, string text)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options => options.AllowRequest = _ => new(refusal));

        var answer = await node.GetAsync("/socket.io/1/");
        var script = await node.GetAsync("/socket.io/1/?jsonp=7");

        Assert.Equal((status, "text/plain", text), (answer.Status, answer.ContentType, answer.Body));
        Assert.Equal((HttpStatusCode.OK, "application/javascript"), (script.Status, script.ContentType));
        Assert.Equal($"io.j[7](new Error(\"{text.Replace("\"", "\\\"", StringComparison.Ordinal)}\"));", script.Body);
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Fact]
    public async Task Where_the_application_fails_to_decide_the_handshake_fails()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options => options.AllowRequest = static _ => throw new InvalidOperationException());

        var answer = await node.GetAsync("/socket.io/1/");
        var script = await node.GetAsync("/socket.io/1/?jsonp=0");

        Assert.Equal((HttpStatusCode.InternalServerError, "text/plain", "handshake error"), (answer.Status, answer.ContentType, answer.Body));
        Assert.Equal("""io.j[0](new Error("handshake error"));""", script.Body);
    }

    [Theory]
    [InlineData("http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("http://page.example", HttpStatusCode.OK)]
    [InlineData("http://127.0.0.1:{port}", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:{port}", HttpStatusCode.OK)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    public async Task An_origin_that_the_policy_does_not_name_is_refused(string origin, HttpStatusCode status)
    {
        await using var node = await LegacyNode.StartAsync(
            Generations.Version09,
            options => options.Cors = new CorsPolicyBuilder("http://page.example").AllowCredentials().Build());

        var answer = await node.GetAsync("/socket.io/1/", ("Origin", origin.Replace("{port}", $"{node.Node.Address.Port}", StringComparison.Ordinal)));

        Assert.Equal(status, answer.Status);
        if (status == HttpStatusCode.Forbidden)
        {
            Assert.Equal("handshake bad origin", answer.Body);
            Assert.Null(answer.Header("Access-Control-Allow-Origin"));
        }
        else if (origin.EndsWith(".example", StringComparison.Ordinal))
        {
            Assert.Equal(origin, answer.Header("Access-Control-Allow-Origin"));
            Assert.Equal("true", answer.Header("Access-Control-Allow-Credentials"));
        }
    }

    [Fact]
    public async Task Jsonp_is_refused_by_a_script_where_it_is_off()
    {
        await using var node = await LegacyNode.StartAsync(
            Generations.Version09,
            options => options.Cors = new CorsPolicyBuilder("http://page.example").Build());

        Assert.Equal("""io.j[1](new Error("handshake unauthorized"));""", (await node.GetAsync("/socket.io/1/?jsonp=1")).Body);
        Assert.DoesNotContain("jsonp", (await node.GetAsync("/socket.io/1/")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/socket.io/2/?t=1", HttpStatusCode.InternalServerError, "Protocol version not supported.")]
    [InlineData("/socket.io/0/", HttpStatusCode.InternalServerError, "Protocol version not supported.")]
    [InlineData("/socket.io/2/xhr-polling/x", HttpStatusCode.InternalServerError, "Protocol version not supported.")]
    [InlineData("/socket.io/2/?jsonp=4", HttpStatusCode.OK, """io.j[4](new Error("Protocol version not supported."));""")]
    [InlineData("/socket.io/", HttpStatusCode.OK, "Welcome to socket.io.")]
    [InlineData("/socket.io/?x=1", HttpStatusCode.OK, "Welcome to socket.io.")]
    [InlineData("/socket.io/?EIO=4", HttpStatusCode.BadRequest, """{"code":0,"message":"Transport unknown"}""")]
    public async Task Another_protocol_is_not_supported_and_none_is_welcome(string path, HttpStatusCode status, string body)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09 | Generations.Current);

        var answer = await node.GetAsync(path);

        Assert.Equal((status, body), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task Where_the_generation_is_not_served_its_clients_hear_it_in_their_words()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Current | Generations.Version06);

        var answer = await node.GetAsync("/socket.io/1/?t=1");

        Assert.Equal((HttpStatusCode.InternalServerError, "Protocol version not supported."), (answer.Status, answer.Body));
    }

    [Theory]
    [Trait("Feature", "K-33")]
    [InlineData("PUT", "/socket.io/1/", "Unexpected method")]
    [InlineData("DELETE", "/socket.io/1/xhr-polling/x", "Unexpected method")]
    [InlineData("GET", "/socket.io/1/xhr-polling/x/y", "Cannot parse path")]
    [InlineData("GET", "/socket.io/1/xhr-polling/x//", "Cannot parse path")]
    [InlineData("GET", "/socket.io/1/carrier-pigeon/x", "Transport building failed")]
    [InlineData("GET", "/socket.io/1/xhr-multipart/x", "Transport building failed")]
    [InlineData("GET", "/socket.io/1/websocket/x", "Transport building failed")]
    [InlineData("POST", "/socket.io/1/flashsocket/x", "Transport building failed")]
    public async Task What_is_no_request_of_theirs_is_refused_with_a_word(string method, string path, string text)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);

        var answer = await node.AskAsync(new HttpMethod(method), path, content: null);

        Assert.Equal((HttpStatusCode.BadRequest, text), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task A_preflight_makes_no_session()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);

        var answer = await node.AskAsync(HttpMethod.Options, "/socket.io/1/?t=1", content: null, ("Origin", "http://page.example"), ("Access-Control-Request-Method", "POST"));

        Assert.Equal((HttpStatusCode.OK, ""), (answer.Status, answer.Body));
    }

    [Fact]
    [Trait("Feature", "K-32")]
    public async Task A_handshake_that_is_not_used_expires()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var early = await ProtocolOneSession.ShakeHandsAsync(node);
        var late = await ProtocolOneSession.ShakeHandsAsync(node);

        node.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(["1::"], await early.PollAsync());
        node.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["7:::1+0"], await late.PollAsync());
        Assert.Equal(["connection"], node.Told);
    }

    [Fact]
    public async Task Handshakes_that_wait_are_bounded()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options => options.Version09.MaxPendingHandshakes = 2);
        var first = await ProtocolOneSession.ShakeHandsAsync(node);
        await ProtocolOneSession.ShakeHandsAsync(node);

        var refused = await node.GetAsync("/socket.io/1/");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Too many connections"), (refused.Status, refused.Body));

        Assert.Equal(["1::"], await first.PollAsync());
        await ProtocolOneSession.ShakeHandsAsync(node);
        node.Time.Advance(TimeSpan.FromSeconds(31));
        await ProtocolOneSession.ShakeHandsAsync(node);
        await ProtocolOneSession.ShakeHandsAsync(node);
    }

    [Fact]
    [Trait("Feature", "K-33")]
    public async Task Connections_are_bounded_together_with_those_of_other_generations()
    {
        await using var node = await LegacyNode.StartAsync(Generations.All, options => options.MaxConnections = 2);
        var late = await ProtocolOneSession.ShakeHandsAsync(node);
        await ProtocolOneSession.ConnectAsync(node);
        await using var current = await TestClient.OpenAsync(node.Node.Address);

        var refused = await node.GetAsync("/socket.io/1/");
        var script = await node.GetAsync("/socket.io/1/?jsonp=1");
        var begun = await node.GetAsync(late.Url);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Too many connections"), (refused.Status, refused.Body));
        Assert.Equal("""io.j[1](new Error("Too many connections"));""", script.Body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, begun.Status);
    }

    [Fact]
    [Trait("Feature", "K-02")]
    [Trait("Feature", "K-03")]
    public async Task The_application_meets_the_client_at_its_first_transport_and_has_the_request_of_the_handshake()
    {
        Handshake? handshake = null;
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: socket => handshake = socket.Handshake);
        var answer = await node.GetAsync("/socket.io/1/?token=ab&t=1", ("Cookie", "k=v"), ("Origin", "http://page.example"));
        Assert.Empty(node.Told);

        await node.GetAsync($"/socket.io/1/xhr-polling/{answer.Body.Split(':')[0]}?token=ab&t=2");

        Assert.Equal(["connection"], node.Told);
        Assert.Equal("k=v", handshake!.Headers.Cookie);
        Assert.Equal("ab", handshake.GetQuery("token"));
        Assert.Equal("/socket.io/1/?token=ab&t=1", handshake.Url);
        Assert.True(handshake.IsCrossDomain);
        Assert.False(handshake.IsSecure);
        Assert.Contains("127.0.0.1", handshake.Address, StringComparison.Ordinal);
        Assert.Equal(node.Time.GetUtcNow(), handshake.Issued);
    }

    [Fact]
    public async Task An_id_that_would_break_the_line_or_the_urls_is_not_given()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options => options.GenerateId = static _ => new("a:b"));

        Assert.Equal((HttpStatusCode.InternalServerError, "handshake error"), ((await node.GetAsync("/socket.io/1/")) is var answer ? answer.Status : default, answer.Body));
    }

    [Fact]
    [Trait("Feature", "K-01")]
    public async Task It_is_mounted_wherever_the_path_says()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options => options.Path = "/deep/down");

        Assert.EndsWith(Transports, (await node.GetAsync("/deep/down/1/?t=1")).Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await node.GetAsync("/socket.io/1/?t=1")).Status);
    }
}
