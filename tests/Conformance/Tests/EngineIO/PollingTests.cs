using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>HTTP long-polling, request by request.</summary>
public class PollingTests
{
    [Theory]
    [InlineData("4hello")]
    [InlineData("4")]
    [InlineData("4é 😀 \u2028")]
    [InlineData("bAQIDBA==")]
    [InlineData("4a", "4b", "bAQI=", "4c")]
    public async Task Messages_come_back_as_they_were_posted(params string[] packets)
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);

        await session.PostAsync(packets);

        Assert.Equal(string.Join(PollingSession.Separator, packets), await session.PollAsync());
    }

    [Fact]
    public async Task A_poll_waits_until_there_is_something_to_send()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);

        var waiting = session.PollAsync();
        await session.PostAsync("4hello");

        Assert.Equal("4hello", await waiting);
    }

    [Fact]
    public async Task Answers_have_the_reference_servers_headers()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);

        using var posted = await session.SendAsync("4hello");
        using var polled = await session.GetAsync();

        Assert.Equal("text/html", posted.Content.Headers.ContentType?.ToString());
        Assert.Equal(2, posted.Content.Headers.ContentLength);
        Assert.Equal("no-store", posted.Headers.CacheControl?.ToString());
        Assert.Equal("text/plain; charset=UTF-8", polled.Content.Headers.ContentType?.ToString());
        Assert.Equal(6, polled.Content.Headers.ContentLength);
        Assert.Equal("no-store", polled.Headers.CacheControl?.ToString());
        Assert.False(polled.Headers.Contains("X-XSS-Protection"));
    }

    [Theory]
    [InlineData("Mozilla/4.0 (compatible;MSIE 8.0; Windows NT 6.1)")]
    [InlineData("Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko")]
    public async Task Old_Internet_Explorers_are_told_to_leave_the_answers_alone(string agent)
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        server.Host.Http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", agent);

        using var posted = await session.SendAsync("4hello");
        using var polled = await session.GetAsync();

        Assert.Equal("0", Assert.Single(posted.Headers.GetValues("X-XSS-Protection")));
        Assert.Equal("0", Assert.Single(polled.Headers.GetValues("X-XSS-Protection")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_above_the_limit_is_refused_and_the_session_lives_on(bool chunked)
    {
        await using var server = await EchoServer.StartAsync(static options => options.MaxHttpBufferSize = 100);
        var session = await PollingSession.OpenAsync(server.Host);
        using var request = new HttpRequestMessage(HttpMethod.Post, session.Url) { Content = new StringContent(new string('4', 101)) };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await server.Host.Http.SendAsync(request);

        Assert.Equal(413, (int)response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
        await session.PostAsync("4" + new string('x', 99));
        Assert.Equal("4" + new string('x', 99), await session.PollAsync());
    }

    [Fact]
    public async Task A_second_poll_ends_the_session_and_the_first_is_told_so()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);

        var answers = await Task.WhenAll(session.GetAsync(), session.GetAsync());

        Assert.Equal([200, 400], answers.Select(static answer => (int)answer.StatusCode).Order());
        Assert.Equal("1", await answers.Single(static answer => answer.IsSuccessStatusCode).Content.ReadAsStringAsync());
        Assert.Equal(CloseReasons.TransportError, await server.Closed.NextAsync());
        await session.ExpectGoneAsync();
    }

    [Fact]
    public async Task A_second_post_ends_the_session()
    {
        var posts = new Recorder<string>();
        await using var server = await EchoServer.StartAsync(map: engine => engine.Use(async (context, next) =>
        {
            // When this call returns, the body is being read.
            var serving = next();
            posts.Add(context.Request.Method);
            await serving;
        }));
        var session = await PollingSession.OpenAsync(server.Host);
        await posts.NextAsync();
        using var slow = new TcpClient();
        await slow.ConnectAsync(server.Host.Url.Host, server.Host.Url.Port);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST {session.Url} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n4slow"));
        Assert.Equal("POST", await posts.NextAsync());

        using var second = await session.SendAsync("4fast");

        Assert.Equal(400, (int)second.StatusCode);
        Assert.Equal(CloseReasons.TransportError, await server.Closed.NextAsync());
        await session.ExpectGoneAsync();
    }

    [Fact]
    public async Task A_post_that_breaks_off_ends_the_session()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        using (var slow = new TcpClient())
        {
            await slow.ConnectAsync(server.Host.Url.Host, server.Host.Url.Port);
            await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST {session.Url} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n4slow"));
        }

        Assert.Equal(CloseReasons.TransportError, await server.Closed.NextAsync());
    }

    [Fact]
    public async Task A_binary_body_is_refused_and_ends_the_session()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);

        using var response = await session.SendAsync("4hello", "application/octet-stream");

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(CloseReasons.TransportError, await server.Closed.NextAsync());
        await session.ExpectGoneAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("7")]
    [InlineData("4a\u001eabc")]
    [InlineData("4a\u001e")]
    [InlineData("b!")]
    public async Task What_is_no_packet_ends_the_session(string body)
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);

        using var response = await session.SendAsync(body);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(CloseReasons.ParseError, await server.Closed.NextAsync());
    }

    [Fact]
    public async Task A_close_packet_ends_the_session_and_releases_the_poll()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        var waiting = session.PollAsync();

        await session.PostAsync("1");

        Assert.Equal("6", await waiting);
        Assert.Equal(CloseReasons.TransportClose, await server.Closed.NextAsync());
        await session.ExpectGoneAsync();
    }

    [Fact]
    public async Task A_poll_that_crosses_the_clients_own_close_gets_a_clean_end()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);

        await session.PostAsync("1");

        Assert.Equal("6", await session.PollAsync());
        await session.ExpectGoneAsync();
    }

    [Fact]
    public async Task Whichever_of_the_last_poll_and_the_close_comes_first_one_poll_is_answered_and_no_other()
    {
        await using var server = await EchoServer.StartAsync();
        for (var i = 0; i < 300; i++)
        {
            var session = await PollingSession.OpenAsync(server.Host);

            var poll = session.PollAsync();
            await Task.WhenAll(poll, session.PostAsync("1"));

            Assert.Equal("6", await poll);
            await session.ExpectGoneAsync();
        }
    }

    [Fact]
    public async Task A_poll_that_the_client_gives_up_ends_the_session()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        using (var impatient = new TcpClient())
        {
            await impatient.ConnectAsync(server.Host.Url.Host, server.Host.Url.Port);
            await impatient.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {session.Url} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        }

        Assert.Equal(CloseReasons.TransportError, await server.Closed.NextAsync());
        await session.ExpectGoneAsync();
    }

    [Fact]
    public async Task The_close_packet_waits_for_a_poll()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        var connection = await server.Opened.NextAsync();

        connection.Close();
        Assert.Equal(ReadyState.Closing, connection.ReadyState);

        Assert.Equal("1", await session.PollAsync());
        Assert.Equal(CloseReasons.ForcedClose, await server.Closed.NextAsync());
        await session.ExpectGoneAsync();
    }

    [Fact]
    public async Task The_close_packet_waits_for_half_a_minute_and_no_longer()
    {
        var time = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        await PollingSession.OpenAsync(server.Host);
        (await server.Opened.NextAsync()).Close();

        time.Advance(TimeSpan.FromSeconds(29));
        Assert.True(server.Closed.IsEmpty);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(CloseReasons.ForcedClose, await server.Closed.NextAsync());
    }

    [Fact]
    public async Task What_was_sent_before_the_close_is_not_lost()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        var connection = await server.Opened.NextAsync();

        connection.Send("last words");
        connection.Close();
        connection.Send("too late");

        Assert.Equal("4last words", await session.PollAsync());
        Assert.Equal("1", await session.PollAsync());
    }

    [Theory]
    [InlineData("gzip", 5000, true, "gzip")]
    [InlineData("deflate", 5000, true, "deflate")]
    [InlineData("gzip, deflate", 5000, true, "gzip")]
    [InlineData("gzip", 1024, true, "gzip")]
    [InlineData("gzip", 1023, true, null)]
    [InlineData("gzip", 5000, false, null)]
    [InlineData("br", 5000, true, null)]
    [InlineData("identity", 5000, true, null)]
    public async Task Long_answers_are_compressed_for_who_accepts_it(string accepts, int length, bool compress, string? coding)
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        var text = new string('x', length - 1);
        (await server.Opened.NextAsync()).Send(text, compress);
        server.Host.Http.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", accepts);

        using var response = await session.GetAsync();
        var body = await response.Content.ReadAsStreamAsync();

        Assert.Equal(coding, response.Content.Headers.ContentEncoding.SingleOrDefault());
        using var plain = coding switch
        {
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(body, CompressionMode.Decompress),
            _ => body,
        };
        Assert.Equal("4" + text, await new StreamReader(plain).ReadToEndAsync());
    }

    [Fact]
    public async Task Compression_can_be_switched_off()
    {
        await using var server = await EchoServer.StartAsync(static options => options.HttpCompression = null);
        var session = await PollingSession.OpenAsync(server.Host);
        (await server.Opened.NextAsync()).Send(new string('x', 5000));
        server.Host.Http.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", "gzip");

        using var response = await session.GetAsync();

        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task JSONP_wraps_answers_in_a_call_and_reads_form_fields()
    {
        await using var server = await EchoServer.StartAsync();

        using var opened = await server.Host.Http.GetAsync("/engine.io/?EIO=4&transport=polling&j=7");
        var script = await opened.Content.ReadAsStringAsync();
        Assert.Equal("text/javascript; charset=UTF-8", opened.Content.Headers.ContentType?.ToString());
        Assert.StartsWith("___eio[7](\"0{", script, StringComparison.Ordinal);
        Assert.EndsWith("}\");", script, StringComparison.Ordinal);

        var url = $"/engine.io/?EIO=4&transport=polling&sid={(await server.Opened.NextAsync()).Id}&j=7";
        using var posted = await server.Host.Http.PostAsync(url, new FormUrlEncodedContent([KeyValuePair.Create("d", "4a\\nb\\\\n</script>\u2028é")]));
        Assert.Equal("ok", await posted.Content.ReadAsStringAsync());
        var answer = await server.Host.Http.GetStringAsync(url);

        Assert.StartsWith("___eio[7](\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("</script>", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u2028', answer);
        Assert.Equal("4a\nb\\n</script>\u2028é", System.Text.Json.JsonSerializer.Deserialize<string>(answer["___eio[7](".Length..^2]));
    }

    [Theory]
    [InlineData("1);alert(1", "___eio[11](")]
    [InlineData("abc", "___eio[0](")]
    public async Task JSONP_echoes_nothing_but_digits(string index, string head)
    {
        await using var server = await EchoServer.StartAsync();

        var script = await server.Host.Http.GetStringAsync($"/engine.io/?EIO=4&transport=polling&j={Uri.EscapeDataString(index)}");

        Assert.StartsWith(head, script, StringComparison.Ordinal);
    }
}
