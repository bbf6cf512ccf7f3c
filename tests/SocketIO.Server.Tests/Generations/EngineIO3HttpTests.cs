using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace SocketIO.Server.Tests;

/// <summary>What clients 1.0 to 2.5 see of HTTP.</summary>
public sealed class EngineIO3HttpTests
{
    [Theory]
    [InlineData("EIO=3&transport=polling&b64=1")]
    [InlineData("EIO=2&transport=polling&b64=1")]
    [InlineData("transport=polling&b64=1")]
    [InlineData("t=Q7uOnH4&transport=polling&EIO=3")]
    [Trait("Feature", "P-30")]
    public async Task The_first_answer_has_the_handshake_without_maxPayload_and_the_main_namespace(string query)
    {
        await using var node = await StartAsync();
        using var client = await OldPolling.OpenAsync(node, query);
        Assert.Equal("text/plain; charset=UTF-8", client.Opened.Content.Headers.ContentType!.ToString());
        Assert.Equal(["sid", "upgrades", "pingInterval", "pingTimeout"], client.Handshake.EnumerateObject().Select(static member => member.Name));
        Assert.Equal("""["websocket"]""", client.Handshake.GetProperty("upgrades").GetRawText());
        Assert.Equal(20, client.Id.Length);
        Assert.Equal("40", Assert.Single(client.Greeting[1..]));
    }

    [Fact]
    public async Task A_websocket_begins_with_a_handshake_that_names_no_upgrade_and_then_the_main_namespace()
    {
        await using var node = await StartAsync();
        using var client = await OldWebSocket.OpenAsync(node);
        var open = await client.ReceiveAsync();
        Assert.Equal("[]", JsonElement.Parse(open![1..]).GetProperty("upgrades").GetRawText());
        Assert.Equal("40", await client.ReceiveAsync());
    }

    [Theory]
    [InlineData("GET", "EIO=3&transport=tarot", 400, """{"code":0,"message":"Transport unknown"}""")]
    [InlineData("GET", "", 400, """{"code":0,"message":"Transport unknown"}""")]
    [InlineData("GET", "EIO=3&transport=polling&sid=nosuch", 400, """{"code":1,"message":"Session ID unknown"}""")]
    [InlineData("POST", "EIO=3&transport=polling", 400, """{"code":2,"message":"Bad handshake method"}""")]
    [InlineData("OPTIONS", "EIO=3&transport=polling", 400, """{"code":2,"message":"Bad handshake method"}""")]
    [InlineData("GET", "EIO=3&transport=websocket", 400, """{"code":3,"message":"Bad request"}""")]
    [InlineData("GET", "EIO=5&transport=polling", 400, """{"code":5,"message":"Unsupported protocol version"}""")]
    [Trait("Feature", "P-41")]
    public async Task A_bad_request_gets_the_error_of_the_protocol_and_no_session(string method, string query, int status, string body)
    {
        await using var node = await StartAsync();
        using var http = node.CreateHttpClient();
        using var answer = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/socket.io/?" + query));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_client_that_the_application_refuses_gets_its_words()
    {
        await using var node = await StartAsync(static options => options.AllowRequest = static _ => new("not today"));
        using var http = node.CreateHttpClient();
        using var answer = await http.GetAsync("/socket.io/?EIO=3&transport=polling");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("""{"code":4,"message":"not today"}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_session_over_a_websocket_cannot_be_polled()
    {
        await using var node = await StartAsync();
        using var client = await OldWebSocket.OpenAsync(node);
        var sid = JsonElement.Parse((await client.ReceiveAsync())![1..]).GetProperty("sid").GetString();
        using var http = node.CreateHttpClient();
        using var answer = await http.GetAsync($"/socket.io/?EIO=3&transport=polling&sid={sid}");
        Assert.Equal("""{"code":3,"message":"Bad request"}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Every_polling_answer_has_the_cookie_that_servers_2_5_set()
    {
        await using var node = await StartAsync();
        using var client = await OldPolling.OpenAsync(node);
        using var posted = await client.PostAsync("1:2");
        using var polled = await client.GetAsync();
        foreach (var answer in new[] { client.Opened, posted, polled })
        {
            Assert.Equal($"io={client.Id}; Path=/; HttpOnly; SameSite=Strict", Assert.Single(answer.Headers.GetValues("Set-Cookie")));
        }
    }

    [Fact]
    public async Task A_cookie_of_the_application_takes_the_place_of_the_old_one()
    {
        await using var node = await StartAsync(static options => options.Cookie = new EngineCookieBuilder { Name = "session" });
        using var client = await OldPolling.OpenAsync(node);
        Assert.StartsWith($"session={client.Id};", Assert.Single(client.Opened.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_of_the_current_generation_get_no_cookie_beside_old_ones()
    {
        await using var node = await StartAsync();
        using var http = node.CreateHttpClient();
        using var answer = await http.GetAsync("/socket.io/?EIO=4&transport=polling");
        Assert.StartsWith("0{", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    [Trait("Feature", "P-40")]
    public async Task Pages_of_other_origins_are_let_in_by_the_policy_and_by_nothing_else()
    {
        await using var closed = await StartAsync();
        await using var open = await StartAsync(static options => options.Cors = new CorsPolicyBuilder().SetIsOriginAllowed(static _ => true).AllowAnyHeader().AllowAnyMethod().AllowCredentials().Build());
        foreach (var (node, allowed) in new[] { (closed, false), (open, true) })
        {
            using var http = node.CreateHttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, "/socket.io/?EIO=3&transport=polling");
            request.Headers.Add("Origin", "http://a.example");
            using var answer = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(allowed ? "http://a.example" : null, answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) ? Assert.Single(origins) : null);
            Assert.Equal(allowed ? "true" : null, answer.Headers.TryGetValues("Access-Control-Allow-Credentials", out var credentials) ? Assert.Single(credentials) : null);
        }
    }

    [Fact]
    [Trait("Feature", "P-40")]
    public async Task A_preflight_on_a_session_is_answered_and_leaves_the_session_alone()
    {
        await using var node = await StartAsync();
        using var client = await OldPolling.OpenAsync(node);
        using var preflight = await client.SendAsync(HttpMethod.Options);
        Assert.Equal(HttpStatusCode.OK, preflight.StatusCode);
        Assert.Equal("Content-Type", Assert.Single(preflight.Headers.GetValues("Access-Control-Allow-Headers")));
        await client.SendAsync("2");
        Assert.Equal(["3"], await client.PollAsync());
    }

    [Theory]
    [InlineData("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", true)]
    [InlineData("Mozilla/4.0 (compatible;MSIE 8.0; Windows NT 6.1)", true)]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64)", false)]
    [Trait("Feature", "P-40")]
    public async Task Old_Internet_Explorers_are_told_to_leave_answers_alone(string agent, bool told)
    {
        await using var node = await StartAsync();
        using var http = node.CreateHttpClient();
        http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", agent);
        using var answer = await http.GetAsync("/socket.io/?EIO=3&transport=polling");
        Assert.Equal(told, answer.Headers.TryGetValues("X-XSS-Protection", out var values) && values.Single() == "0");
    }

    [Fact]
    [Trait("Feature", "P-37")]
    [Trait("Feature", "P-38")]
    public async Task A_binary_message_makes_the_payload_binary_unless_the_client_takes_text_alone()
    {
        await using var node = await StartAsync();
        node.Io.OnConnection(static socket => socket.On("bin", (byte[] bytes) => socket.Emit("back", bytes)));
        using var text = await OldPolling.OpenAsync(node);
        await text.SendAsync("""451-["bin",{"_placeholder":true,"num":0}]""", "b4AQID");
        Assert.Equal(["""451-["back",{"_placeholder":true,"num":0}]""", "b4AQID"], await text.PollAsync());

        using var binary = await OldPolling.OpenAsync(node, "EIO=3&transport=polling");
        using var posted = await binary.PostAsync(
            [0, 4, 1, 0xff, .. "451-[\"bin\",{\"_placeholder\":true,\"num\":0}]"u8, 1, 4, 0xff, 4, 1, 2, 3], "application/octet-stream");
        Assert.Equal("ok", await posted.Content.ReadAsStringAsync());
        using var answer = await binary.GetAsync();
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            [0, 4, 2, 0xff, .. "451-[\"back\",{\"_placeholder\":true,\"num\":0}]"u8, 1, 4, 0xff, 4, 1, 2, 3],
            await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Browsers_clients_1_0_get_the_binary_form_alone_as_they_take_text_for_something_else()
    {
        await using var node = await StartAsync();
        using var http = node.CreateHttpClient();
        using var answer = await http.GetAsync("/socket.io/?EIO=2&transport=polling");
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.ToString());
        var body = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(0, body[0]);
        Assert.Equal([0, 2, 0xff, .. "40"u8], body[^5..]);
    }

    [Fact]
    public async Task A_second_poll_is_answered_with_500_and_ends_the_session()
    {
        await using var node = await StartAsync();
        using var client = await OldPolling.OpenAsync(node);
        var first = client.GetAsync();
        await Patience.Until(() => node.Io.Engine.Connections.Single().CurrentTransport.CanWrite);
        using var second = await client.GetAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, second.StatusCode);
        Assert.Equal(0, node.Io.Engine.ClientsCount);
        using var released = await first;
        Assert.Equal("1:1", await released.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_second_post_at_a_time_is_answered_with_500_and_ends_the_session()
    {
        await using var node = await StartAsync();
        using var client = await OldPolling.OpenAsync(node);
        var begun = Encoding.ASCII.GetBytes(
            $"POST /socket.io/?EIO=3&transport=polling&sid={client.Id} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n1");
        using var one = await RawConnection.OpenAsync(node.Address);
        using var other = await RawConnection.OpenAsync(node.Address);
        await one.SendAsync(begun);
        await other.SendAsync(begun);
        // Whichever comes second is answered before its body is there.
        var answer = await await Task.WhenAny(one.ReceiveResponseAsync(), other.ReceiveResponseAsync());
        Assert.StartsWith("HTTP/1.1 500", answer, StringComparison.Ordinal);
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Theory]
    [InlineData("99:42[\"ev\"]")]
    [InlineData("x:2")]
    [InlineData("1:9")]
    [InlineData("")]
    [InlineData("2")]
    public async Task A_malformed_payload_ends_the_session_though_the_post_is_told_ok(string payload)
    {
        await using var node = await StartAsync();
        var reason = new TaskCompletionSource<string>();
        node.Io.OnConnection(socket => socket.OnDisconnect(end => reason.SetResult(end.Reason)));
        using var client = await OldPolling.OpenAsync(node);
        using var answer = await client.PostAsync(payload);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
        Assert.Equal(CloseReasons.ParseError, await Patience.Within(reason.Task));
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_body_above_the_bound_is_refused()
    {
        await using var node = await StartAsync(static options => options.MaxHttpBufferSize = 100);
        using var client = await OldPolling.OpenAsync(node);
        using var answer = await client.PostAsync(OldPolling.Join(new string('4', 200)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task A_client_that_leaves_finds_its_poll_finished_by_a_noop()
    {
        await using var node = await StartAsync();
        var reason = new TaskCompletionSource<string>();
        node.Io.OnConnection(socket => socket.OnDisconnect(end => reason.SetResult(end.Reason)));
        using var client = await OldPolling.OpenAsync(node);
        var poll = client.GetAsync();
        await Patience.Until(() => node.Io.Engine.Connections.Single().CurrentTransport.CanWrite);
        await client.SendAsync("1");
        using var answer = await poll;
        Assert.Equal("1:6", await answer.Content.ReadAsStringAsync());
        Assert.Equal(CloseReasons.TransportClose, await Patience.Within(reason.Task));
    }

    [Fact]
    public async Task A_poll_that_crosses_the_clients_own_close_is_finished_by_a_noop_as_well()
    {
        await using var node = await StartAsync();
        using var client = await OldPolling.OpenAsync(node);
        await client.SendAsync("1");
        using var answer = await client.GetAsync();
        Assert.Equal("1:6", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_servers_close_is_a_packet_of_its_own()
    {
        await using var node = await StartAsync();
        using var client = await OldPolling.OpenAsync(node);
        node.Io.Engine.Connections.Single().Close();
        Assert.Equal(["1"], await client.PollAsync());
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    private static Task<Node> StartAsync(Action<SocketIOOptions>? configure = null) => Node.StartAsync(options =>
    {
        options.Generations = Generations.Current | Generations.EngineIO3;
        configure?.Invoke(options);
    });
}
