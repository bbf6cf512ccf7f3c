using System.IO.Compression;
using System.Net;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>The options of the engine as HTTP clients see them.</summary>
public sealed class EngineHttpTests : IAsyncLifetime
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";

    private readonly List<ConnectionError> _refused = [];
    private Node _node = null!;
    private HttpClient _http = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Without_cors_there_are_no_headers_and_no_preflight()
    {
        await StartAsync();
        using var answer = await GetAsync(Handshake, "http://example.org");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        using var preflight = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Options, Handshake));
        Assert.Equal("""{"code":2,"message":"Bad handshake method"}""", await preflight.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task With_cors_the_allowed_origin_is_answered_and_the_preflight_too()
    {
        await StartAsync(static options => options.Cors = new CorsPolicyBuilder("http://example.org").AllowAnyHeader().AllowAnyMethod().AllowCredentials().Build());
        using var answer = await GetAsync(Handshake, "http://example.org");
        Assert.Equal("http://example.org", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("true", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Credentials")));
        using var other = await GetAsync(Handshake, "http://evil.example");
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
        using var request = new HttpRequestMessage(HttpMethod.Options, Handshake);
        request.Headers.Add("Origin", "http://example.org");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using var preflight = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal("http://example.org", Assert.Single(preflight.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task A_websocket_of_a_foreign_origin_is_refused_where_cookies_count()
    {
        await StartAsync(static options => options.Cors = new CorsPolicyBuilder("http://example.org").AllowCredentials().Build());
        await using var allowed = await TestClient.OpenAsync(_node.Address, configure: static options => options.SetRequestHeader("Origin", "http://example.org"));
        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() =>
            TestClient.OpenAsync(_node.Address, configure: static options => options.SetRequestHeader("Origin", "http://evil.example")));
        Assert.Equal(4, Assert.Single(_refused).Code);
    }

    [Fact]
    public async Task A_page_of_another_site_cannot_open_a_websocket_with_its_visitors_cookies_even_without_a_policy()
    {
        await StartAsync();
        _node.Io.Engine.Use(static (context, next) =>
        {
            // As cookie authentication does it.
            if (context.Request.Headers.Cookie.Count > 0)
            {
                context.User = new ClaimsPrincipal(new ClaimsIdentity("cookie"));
            }

            return next();
        });
        await using var own = await OpenAsync(_node.Address.ToString().TrimEnd('/'), "auth=1");
        await using var anonymous = await OpenAsync("http://evil.example", null);
        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => OpenAsync("http://evil.example", "auth=1"));
        Assert.Equal(4, Assert.Single(_refused).Code);

        Task<TestClient> OpenAsync(string origin, string? cookie) => TestClient.OpenAsync(_node.Address, configure: options =>
        {
            options.SetRequestHeader("Origin", origin);
            if (cookie is not null)
            {
                options.SetRequestHeader("Cookie", cookie);
            }
        });
    }

    [Fact]
    public async Task A_cookie_comes_with_the_first_answer_alone()
    {
        await StartAsync(static options => options.Cookie = new EngineCookieBuilder());
        using var answer = await GetAsync(Handshake);
        var sid = await ReadSidAsync(answer);
        Assert.Equal($"io={sid}; path=/; samesite=lax; httponly", Assert.Single(answer.Headers.GetValues("Set-Cookie")));
        Post(sid, "40");
        using var poll = await GetAsync($"{Handshake}&sid={sid}");
        Assert.False(poll.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_cookie_can_be_set_in_full()
    {
        await StartAsync(static options => options.Cookie = new EngineCookieBuilder
        {
            Name = "session",
            Path = "/chat",
            MaxAge = TimeSpan.FromHours(1),
            SameSite = SameSiteMode.Strict,
            SecurePolicy = CookieSecurePolicy.Always,
            HttpOnly = false,
        });
        using var answer = await GetAsync(Handshake);
        Assert.Equal(
            $"session={await ReadSidAsync(answer)}; max-age=3600; path=/chat; secure; samesite=strict",
            Assert.Single(answer.Headers.GetValues("Set-Cookie")));
    }

    [Theory]
    [InlineData("no way", "no way")]
    [InlineData("", "Forbidden")]
    public async Task A_request_can_be_refused_with_a_text(string text, string message)
    {
        await StartAsync(options => options.AllowRequest = context => new ValueTask<string?>(context.Request.Query.ContainsKey("good") ? null : text));
        using var answer = await GetAsync(Handshake);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal($$"""{"code":4,"message":"{{message}}"}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal(4, Assert.Single(_refused).Code);
        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => _node.OpenAsync());
        await _node.OpenAsync(query: "&good=1");
    }

    [Fact]
    public async Task Session_ids_can_be_made_by_the_application()
    {
        var next = 0;
        await StartAsync(options => options.GenerateId = _ => new ValueTask<string>($"id-{++next}"));
        Assert.Equal("id-1", await ReadSidAsync(await GetAsync(Handshake)));
        Assert.Equal("id-2", (await _node.OpenAsync()).Open.GetProperty("sid").GetString());
    }

    [Fact]
    public async Task A_session_id_that_cannot_be_made_or_is_taken_is_a_bad_request()
    {
        var calls = 0;
        await StartAsync(options => options.GenerateId = _ => ++calls == 2 ? throw new InvalidOperationException("no more") : new ValueTask<string>("same"));
        await ReadSidAsync(await GetAsync(Handshake));
        for (var i = 0; i < 2; i++)
        {
            using var answer = await GetAsync(Handshake);
            Assert.Equal("""{"code":3,"message":"Bad request"}""", await answer.Content.ReadAsStringAsync());
        }

        Assert.All(_refused, static error => Assert.StartsWith("ID_GENERATION_ERROR", error.Context, StringComparison.Ordinal));
        Assert.Equal(1, _node.Io.Engine.ClientsCount);
    }

    [Fact]
    public async Task No_more_connections_than_allowed_are_taken()
    {
        await StartAsync(static options => options.MaxConnections = 1);
        var first = await _node.OpenAsync();
        using (var answer = await GetAsync(Handshake))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.Single(_node.Io.Engine.Connections).Closed += (_, _) => gone.TrySetResult();
        await first.CloseAsync();
        await Patience.Within(gone.Task);
        using var again = await GetAsync(Handshake);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Headers_can_be_added_to_the_first_answer_and_to_each()
    {
        await StartAsync();
        _node.Io.Engine.InitialHeaders += static (headers, _) => headers["X-First"] = "1";
        _node.Io.Engine.Headers += static (headers, context) => headers["X-Each"] = context.Request.Method;
        using var first = await GetAsync(Handshake);
        Assert.True(first.Headers.Contains("X-First"));
        Assert.Equal("GET", Assert.Single(first.Headers.GetValues("X-Each")));
        var sid = await ReadSidAsync(first);
        using var post = await _http.PostAsync($"{Handshake}&sid={sid}", new StringContent("40"));
        Assert.False(post.Headers.Contains("X-First"));
        Assert.Equal("POST", Assert.Single(post.Headers.GetValues("X-Each")));
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("deflate", "deflate")]
    [InlineData("br", null)]
    [InlineData(null, null)]
    public async Task Large_poll_answers_are_compressed_as_the_client_likes(string? accepts, string? coding)
    {
        await StartAsync();
        _node.Io.OnConnection(static socket => socket.Emit("large", new string('x', 5000)));
        var sid = await ReadSidAsync(await GetAsync(Handshake));
        using var posted = await _http.PostAsync($"{Handshake}&sid={sid}", new StringContent("40"));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Handshake}&sid={sid}");
        if (accepts is not null)
        {
            request.Headers.Add("Accept-Encoding", accepts);
        }

        using var answer = await _http.SendAsync(request);
        Assert.Equal(coding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        await using var body = await answer.Content.ReadAsStreamAsync();
        await using var plain = coding switch
        {
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(body, CompressionMode.Decompress),
            _ => body,
        };
        Assert.Contains(new string('x', 5000), await new StreamReader(plain).ReadToEndAsync(), StringComparison.Ordinal);
        using var small = await GetAsync(Handshake);
        Assert.Empty(small.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Websocket_messages_are_compressed_where_both_sides_want_it()
    {
        await StartAsync(static options => options.PerMessageDeflate = new PerMessageDeflateOptions());
        _node.Io.OnConnection(static socket => socket.On("echo", static (string text, byte[] bytes) => new { text, bytes }));
        await using var connection = await TestClient.OpenAsync(_node.Address, configure: static options => options.DangerousDeflateOptions = new());
        var client = await connection.JoinAsync();
        var text = string.Concat(Enumerable.Range(0, 2000).Select(static i => $"{i % 7} "));
        var bytes = Enumerable.Range(0, 70_000).Select(static i => (byte)(i / 100)).ToArray();
        for (var i = 0; i < 3; i++)
        {
            var answer = await client.EmitWithAckAsync("echo", text, bytes);
            Assert.Equal(text, answer.Args[0].GetProperty("text").GetString());
            Assert.Equal(bytes, Assert.Single(answer.Attachments));
        }

        // One broadcast for those who compress and those who do not.
        var plain = await _node.ConnectAsync();
        _node.Io.Emit("all", text, bytes);
        _node.Io.Compress(false).Emit("all", text, bytes);
        foreach (var receiver in new[] { client, plain, client, plain })
        {
            var received = await receiver.NextAsync("all");
            Assert.Equal(text, received.Text(0));
            Assert.Equal(bytes, received.Bytes(1));
        }
    }

    [Fact]
    public async Task The_slash_after_the_path_is_needed_unless_it_is_not()
    {
        await StartAsync();
        using (var without = await GetAsync("/socket.io?EIO=4&transport=polling"))
        {
            Assert.Equal(HttpStatusCode.NotFound, without.StatusCode);
        }

        await using var relaxed = await Node.StartAsync(static options =>
        {
            options.AddTrailingSlash = false;
            options.ShutdownTimeout = TimeSpan.Zero;
        });
        using var http = relaxed.CreateHttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/socket.io?EIO=4&transport=polling")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Handshake)).StatusCode);
    }

    [Fact]
    public async Task Several_servers_live_on_several_paths_of_one_host()
    {
        await StartAsync();
        await using var node = await Node.StartBareAsync(
            static builder =>
            {
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIO("second", static options => options.Path = "/second");
                builder.Services.AddEngineIO();
            },
            static app =>
            {
                app.MapSocketIO(static io => io.OnConnection(static socket => socket.Emit("hello", "first")));
                app.MapSocketIO("second", static io => io.OnConnection(static socket => socket.Emit("hello", "second")));
                app.MapEngineIO(static engine => engine.Connection += static connection => connection.Send("bare"));
            });
        var first = await (await node.OpenAsync()).JoinAsync();
        var second = await (await node.OpenAsync("/second/")).JoinAsync();
        Assert.Equal("first", (await first.NextAsync("hello")).Text(0));
        Assert.Equal("second", (await second.NextAsync("hello")).Text(0));
        node.Io.Emit("only", "first");
        node.App.Services.GetRequiredKeyedService<SocketIOServer>("second").Emit("only", "second");
        Assert.Equal("second", (await second.NextAsync("only")).Text(0));
        Assert.Equal("first", (await first.NextAsync("only")).Text(0));
        await node.OpenAsync("/engine.io/");
    }

    [Fact]
    public async Task A_middleware_of_the_engine_sees_every_request_and_may_refuse()
    {
        await StartAsync();
        var seen = new List<string>();
        _node.Io.Engine.Use((context, next) =>
        {
            seen.Add(context.Request.Query["transport"].ToString());
            return context.Request.Query.ContainsKey("bad") ? throw new InvalidOperationException("bad") : next();
        });
        await ReadSidAsync(await GetAsync(Handshake));
        await _node.OpenAsync();
        using var refused = await GetAsync(Handshake + "&bad=1");
        Assert.Equal("""{"code":3,"message":"Bad request"}""", await refused.Content.ReadAsStringAsync());
        Assert.Equal(["polling", "websocket", "polling"], seen);
        Assert.StartsWith("MIDDLEWARE_FAILURE", Assert.Single(_refused).Context, StringComparison.Ordinal);
    }

    private async Task StartAsync(Action<SocketIOOptions>? configure = null)
    {
        _node = await Node.StartAsync(options =>
        {
            options.ShutdownTimeout = TimeSpan.Zero;
            configure?.Invoke(options);
        });
        _http = _node.CreateHttpClient();
        _node.Io.Engine.ConnectionError += _refused.Add;
    }

    private async Task<HttpResponseMessage> GetAsync(string url, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await Patience.Within(_http.SendAsync(request));
    }

    private void Post(string sid, string packet) => _ = _http.PostAsync($"{Handshake}&sid={sid}", new StringContent(packet));

    private static async Task<string> ReadSidAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var packet = (await answer.Content.ReadAsStringAsync()).Split('\x1e')[0];
        return JsonElement.Parse(packet[1..]).GetProperty("sid").GetString()!;
    }
}
