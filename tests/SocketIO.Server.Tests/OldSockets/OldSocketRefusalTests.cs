using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>Old handshakes under the rules of the pipeline, and those that are none.</summary>
[Trait("Feature", "K-29")]
public sealed class OldSocketRefusalTests
{
    [Theory]
    [InlineData(WebSocketDrafts.Hixie75)]
    [InlineData(WebSocketDrafts.Hixie76)]
    public async Task Without_the_option_an_old_handshake_is_refused(WebSocketDrafts draft)
    {
        await using var node = await Node.StartAsync();
        Assert.StartsWith("HTTP/1.1 400 ", await AskAsync(node, HixieClient.Handshake(draft)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_draft_that_is_not_accepted_is_refused()
    {
        await using var node = await Node.StartAsync(static options => options.OldSockets = new() { Drafts = WebSocketDrafts.Hixie76 });
        Assert.StartsWith("HTTP/1.1 400 ", await AskAsync(node, HixieClient.Handshake(WebSocketDrafts.Hixie75)), StringComparison.Ordinal);
        using var client = await HixieClient.JoinAsync(node.Address);
    }

    [Fact]
    public async Task A_refusal_reaches_the_client_as_it_is_and_the_connection_ends()
    {
        string? origin = null;
        await using var node = await Node.StartAsync(options =>
        {
            options.OldSockets = new();
            options.AllowRequest = context =>
            {
                origin = context.Request.Headers.Origin;
                return ValueTask.FromResult<string?>("not you");
            };
        });
        var answer = await AskAsync(node, HixieClient.Handshake());
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nnot you", answer, StringComparison.Ordinal);
        Assert.Equal("http://b.example", origin);
    }

    [Fact]
    public async Task What_follows_a_refused_handshake_is_not_taken_for_a_request()
    {
        var paths = new List<string>();
        await using var node = await StartAsync(map: app => app.Map("/{**path}", (HttpContext context) =>
        {
            paths.Add(context.Request.Path);
            return Results.Text("hello");
        }));
        var answer = await AskAsync(node, [.. HixieClient.Handshake(target: "/elsewhere"), .. "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"u8]);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal(["/elsewhere"], paths);
    }

    [Fact]
    public async Task The_origin_is_checked_where_credentials_count()
    {
        await using var node = await StartAsync(static options => options.Cors = new CorsPolicyBuilder("http://c.example").AllowCredentials().Build());
        Assert.StartsWith("HTTP/1.1 400 ", await AskAsync(node, HixieClient.Handshake()), StringComparison.Ordinal);
        await using var other = await StartAsync(static options => options.Cors = new CorsPolicyBuilder("http://b.example").AllowCredentials().Build());
        using var client = await HixieClient.JoinAsync(other.Address);
    }

    [Fact]
    public async Task Authorization_of_the_endpoint_applies()
    {
        await using var node = await StartAsync(
            build: static builder =>
            {
                builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, QueryAuthentication>("test", null);
                builder.Services.AddAuthorization();
            },
            map: static app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapSocketIO().RequireAuthorization();
            });
        Assert.StartsWith("HTTP/1.1 401 ", await AskAsync(node, HixieClient.Handshake()), StringComparison.Ordinal);
        using var client = await HixieClient.ConnectAsync(node.Address, target: HixieClient.Target + "&user=ada");
        Assert.StartsWith("0{", await client.ReadFrameAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4 @1  46546xW%0l 1 6")]
    [InlineData("4@146546xW%0l15")]
    [InlineData("none at all")]
    [InlineData("99999999999999999999999999999999999999999999 9")]
    public async Task A_handshake_with_keys_that_are_none_is_dropped_without_an_answer(string key)
    {
        await using var node = await StartAsync();
        var handshake = Encoding.Latin1.GetString(HixieClient.Handshake()).Replace("4 @1  46546xW%0l 1 5", key, StringComparison.Ordinal);
        Assert.Equal("", await AskAsync(node, Encoding.Latin1.GetBytes(handshake)));
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Theory]
    [InlineData("http://b.example", "http://b\nX-Injected: 1")]
    [InlineData("http://b.example", "http://b\rX-Injected: 1")]
    [InlineData("http://b.example", "http://b\r\n X-Injected: 1")]
    [InlineData("http://b.example", "http://b\0X-Injected: 1")]
    [InlineData("http://b.example", "http://b\r\nOrigin: http://X-Injected")]
    [InlineData("http://b.example", "http://é")]
    [InlineData("a.example:81", "a\nX-Injected: 1")]
    [InlineData("a.example:81", "a\rX-Injected: 1")]
    [InlineData("a.example:81", "a\r\nHost: X-Injected")]
    [InlineData("a.example:81", "a X-Injected: 1")]
    [InlineData("a.example:81", "é")]
    [InlineData("GET /", "GET /\nX-Injected: 1")]
    public async Task Nothing_that_would_break_the_answer_is_echoed(string part, string hostile)
    {
        await using var node = await StartAsync();
        foreach (var draft in (WebSocketDrafts[])[WebSocketDrafts.Hixie75, WebSocketDrafts.Hixie76])
        {
            var handshake = Encoding.Latin1.GetString(HixieClient.Handshake(draft)).Replace(part, hostile, StringComparison.Ordinal);
            var answer = await AskAsync(node, Encoding.Latin1.GetBytes(handshake));
            Assert.DoesNotContain("HTTP/1.1 101", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("X-Injected", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_encoded_in_the_target_stays_encoded_in_the_location()
    {
        await using var node = await StartAsync();
        using var client = await HixieClient.OpenAsync(node.Address);
        await client.SendAsync(HixieClient.Handshake(target: HixieClient.Target + "&x=%0d%0aX-Injected:%201"));
        Assert.Contains(
            $"\r\nSec-WebSocket-Location: ws://a.example:81{HixieClient.Target}&x=%0d%0aX-Injected:%201\r\n\r\n",
            await client.ReadHeadersAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_later_request_of_a_connection_is_not_looked_at()
    {
        await using var node = await StartAsync();
        var first = Encoding.ASCII.GetBytes("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n");
        var answer = await AskAsync(node, [.. first, .. HixieClient.Handshake()]);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 101", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_WebSocket_of_the_applications_own_is_reached_too()
    {
        await using var node = await StartAsync(map: static app =>
        {
            app.UseWebSockets();
            app.Map("/own", static async context =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                var buffer = new byte[100];
                var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
                // In two fragments, with bytes before that the client cannot have.
                await socket.SendAsync(buffer, System.Net.WebSockets.WebSocketMessageType.Binary, true, CancellationToken.None);
                await socket.SendAsync(buffer.AsMemory(0, received.Count), System.Net.WebSockets.WebSocketMessageType.Text, false, CancellationToken.None);
                await socket.SendAsync("!"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, true, CancellationToken.None);
                await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            });
        });
        using var client = await HixieClient.ConnectAsync(node.Address, target: "/own");
        await client.SendTextAsync("hello");
        Assert.Equal("hello!", await client.ReadFrameAsync());
        Assert.Equal("CLOSE", await client.ReadFrameAsync());
        await client.CloseAsync();
        Assert.Equal("END", await client.ReadFrameAsync());
    }

    [Fact]
    public async Task A_ping_of_the_server_is_answered_for_the_client()
    {
        var pong = new TaskCompletionSource<WebSocketMessageReader>();
        var payload = "";
        await using var node = await StartAsync(map: app => app.Map("/ping", async context =>
        {
            await using var stream = await WebSocketUpgrade.UpgradeAsync(context);
            var frame = new byte[16];
            var header = WebSocketFrame.WriteHeader(frame, WebSocketOpcode.Ping, 4);
            "ping"u8.CopyTo(frame.AsSpan(header));
            await stream.WriteAsync(frame.AsMemory(0, header + 4));
            await stream.FlushAsync();
            using var reader = new WebSocketMessageReader(100);
            var received = new byte[header + 4 + 4];
            await stream.ReadExactlyAsync(received);
            var input = new System.Buffers.ReadOnlySequence<byte>(received);
            Assert.True(reader.TryRead(ref input, out var message));
            payload = $"{message.Opcode} {Encoding.UTF8.GetString(message.Payload.Span)}";
            pong.SetResult(reader);
        }));
        using var client = await HixieClient.ConnectAsync(node.Address, target: "/ping");
        await Patience.Within(pong.Task);
        Assert.Equal("Pong ping", payload);
        Assert.Equal("END", await client.ReadFrameAsync());
    }

    [Fact]
    public async Task The_options_of_a_further_server_count_where_the_first_has_none()
    {
        await using var node = await Node.StartAsync(build: static builder => builder.Services.AddSocketIO("second", static options =>
        {
            options.OldSockets = new();
            options.FlashPolicy = new() { Origins = ["a.example:80"] };
        }));
        using var client = await HixieClient.JoinAsync(node.Address);
        using var question = await HixieClient.OpenAsync(node.Address);
        await question.SendAsync(FlashPolicy.Request.ToArray());
        Assert.Contains("\"a.example\"", await question.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private static Task<Node> StartAsync(Action<SocketIOOptions>? configure = null, Action<WebApplicationBuilder>? build = null, Action<WebApplication>? map = null) => Node.StartAsync(
        options =>
        {
            options.OldSockets = new();
            configure?.Invoke(options);
        },
        build,
        map);

    private static async Task<string> AskAsync(Node node, byte[] request)
    {
        using var client = await HixieClient.OpenAsync(node.Address);
        await client.SendAsync(request);
        return await client.ReadToEndAsync();
    }
}
