using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Cors.Infrastructure;
using SocketIO.Server;

namespace SocketIO.Testing;

/// <summary>The cluster's first promise, seen by clients of three nodes: any request of a session may reach any node.</summary>
public abstract class NoStickySessionsContract : BalancedNodes
{
    private const int Rounds = 40;

    [Theory]
    [InlineData(null)]
    [InlineData("7")]
    public async Task Promise1_each_request_of_a_polling_session_may_reach_another_node(string? jsonp)
    {
        var client = await JoinAsync(jsonp);
        for (var i = 0; i < Rounds; i++)
        {
            await client.PostAsync(Text($"""42{i}["echo",{i},"two ✓"]"""));
            Assert.Equal(Text($"""42["echo",{i},"two ✓"]"""), await client.NextAsync());
            Assert.Equal(Text($"43{i}[{i}]"), await client.NextAsync());
        }
    }

    [Fact]
    public async Task Promise1_what_any_node_emits_reaches_the_poll_wherever_it_waits_once_and_in_order()
    {
        var client = await JoinAsync();
        for (var i = 0; i < Rounds; i++)
        {
            Nodes[i % 3].Io.Emit("news", i);
            Assert.Equal(Text($"""42["news",{i}]"""), await client.NextAsync());
        }
    }

    [Fact]
    public async Task Promise1_a_post_at_one_node_releases_what_waits_at_another()
    {
        var client = await JoinAsync();
        for (var i = 0; i < Rounds; i++)
        {
            var poll = client.NextAsync();
            await client.PostAsync(Text($"""42["echo",{i},""]"""));
            Assert.Equal(Text($"""42["echo",{i},""]"""), await poll);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Promise1_a_client_that_drops_its_poll_at_another_node_is_gone(int edge)
    {
        var client = await JoinAsync();
        var end = WatchForEnd();
        using var leaving = new CancellationTokenSource();
        var poll = client.GetAsync(Nodes[edge], leaving.Token);
        await BeWaitedForAsync(client);
        await leaving.CancelAsync();

        Assert.Equal("transport error", await end);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        await client.ExpectUnknownAsync(Nodes);
    }

    [Fact]
    public async Task Promise1_a_client_that_says_goodbye_at_another_node_is_gone()
    {
        var client = await JoinAsync();
        var end = WatchForEnd();
        var poll = client.GetAsync(Nodes[1]);
        await BeWaitedForAsync(client);
        await client.PostAsync("1");

        Assert.Equal("transport close", await end);
        using var answer = await poll;
        Assert.Equal("6", await answer.Content.ReadAsStringAsync());
        await client.ExpectUnknownAsync(Nodes);
    }

    [Fact]
    public async Task Promise1_two_polls_at_a_time_end_the_session_wherever_they_arrive()
    {
        var client = await JoinAsync();
        var end = WatchForEnd();
        var first = client.GetAsync(Nodes[1]);
        await BeWaitedForAsync(client);
        using var second = await client.GetAsync(Nodes[2]);

        Assert.Equal(HttpStatusCode.BadRequest, second.StatusCode);
        Assert.Equal("transport error", await end);
        (await first).Dispose();
    }

    [Theory]
    [InlineData("9", "text/plain", 400, "parse error")]
    [InlineData("4x", "application/octet-stream", 400, "transport error")]
    public async Task Promise1_a_malformed_request_is_refused_at_any_node_as_at_the_right_one(string body, string type, int status, string reason)
    {
        for (var node = 0; node < 3; node++)
        {
            var client = await JoinAsync();
            var end = WatchForEnd();
            for (var i = 0; i < node; i++)
            {
                client.Address();
            }

            using var answer = await client.SendAsync(body, type);
            Assert.Equal((status, ""), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
            Assert.Equal(reason, await end);
        }
    }

    [Fact]
    public async Task Promise1_a_body_above_the_bound_is_refused_where_it_arrives_and_the_session_goes_on()
    {
        var client = await JoinAsync();
        for (var i = 0; i < 3; i++)
        {
            using var answer = await client.SendAsync("4" + new string('x', 100_000));
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        }

        await client.PostAsync("""42["echo",1,""]""");
        Assert.Equal("""42["echo",1,""]""", await client.NextAsync());
    }

    [Fact]
    public async Task Promise1_an_answer_has_the_same_headers_wherever_it_is_given()
    {
        var client = await JoinAsync();
        var seen = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            Owner.Io.Emit("long", new string('x', 5000));
            using var request = new HttpRequestMessage(HttpMethod.Get, client.Address(Nodes[i]));
            request.Headers.Add("Origin", "http://a.example");
            request.Headers.Add("Accept-Encoding", "gzip");
            using var answer = await client.SendAsync(request);
            seen.Add(string.Join('\n', answer.Headers.Concat(answer.Content.Headers)
                .Where(static header => header.Key != "Date")
                .Select(static header => $"{header.Key}: {string.Join(',', header.Value)}")
                .Order(StringComparer.Ordinal)));
        }

        Assert.Contains("Content-Encoding: gzip", seen[0], StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Origin: http://a.example", seen[0], StringComparison.Ordinal);
        Assert.Equal([seen[0], seen[0]], seen[1..]);
    }

    [Theory]
    [InlineData("PUT", "polling", 500)]
    [InlineData("GET", "websocket", 400)]
    public async Task Promise1_a_request_that_no_session_serves_is_refused_at_any_node(string method, string transport, int status)
    {
        var client = await JoinAsync();
        foreach (var node in Nodes)
        {
            using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), client.Address(node, transport: transport)));
            Assert.Equal(status, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task Promise1_an_id_that_was_made_up_is_unknown_at_every_node()
    {
        var client = await JoinAsync();
        foreach (var forged in Forge(client.Sid))
        {
            await client.ExpectUnknownAsync(Nodes, forged);
        }

        await client.PostAsync("""42["echo",1,""]""");
        Assert.Equal("""42["echo",1,""]""", await client.NextAsync());
    }

    [Fact]
    public async Task Promise1_a_poll_whose_node_dies_is_asked_again_at_another_and_nothing_is_lost()
    {
        var client = await JoinAsync();
        var lost = client.GetAsync(Nodes[1]);
        await BeWaitedForAsync(client);
        await KillAsync(Nodes[1], Nodes.Where(node => node != Nodes[1]));
        await BeWaitedForAsync(client, isWaiting: false);
        for (var i = 0; i < 3; i++)
        {
            Owner.Io.Emit("news", i);
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Text($"""42["news",{i}]"""), await client.NextAsync(Nodes[2]));
        }

        Nodes.RemoveAt(1);
        _ = lost.ContinueWith(static task => task.Exception, TaskScheduler.Default);
    }

    [Fact]
    public async Task Promise1_when_the_owner_dies_its_sessions_are_unknown_at_once()
    {
        var client = await JoinAsync();
        var poll = client.GetAsync(Nodes[1]);
        await BeWaitedForAsync(client);
        await KillAsync(Owner, Nodes.Skip(1));

        await WanderingClient.ExpectUnknownAsync(await poll);
        Nodes.RemoveAt(0);
        await client.ExpectUnknownAsync(Nodes);
    }

    protected override void Configure(SocketIOOptions options)
    {
        options.AllowJsonp = true;
        options.MaxHttpBufferSize = 100_000;
        options.Cors = new CorsPolicy { Origins = { "http://a.example" } };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> Forge(string sid)
    {
        yield return "x";
        yield return sid[..^1];
        yield return sid + "A";
        yield return new string('A', sid.Length);
        yield return new string('%', sid.Length).Replace("%", "%25", StringComparison.Ordinal);
        for (var i = 0; i < sid.Length; i += 3)
        {
            yield return string.Concat(sid.AsSpan(0, i), sid[i] == 'A' ? "B" : "A", sid.AsSpan(i + 1));
        }
    }

    /// <summary>Waits until a poll, wherever it arrived, waits at the owner, or does no longer.</summary>
    private Task BeWaitedForAsync(WanderingClient client, bool isWaiting = true)
    {
        var connection = Owner.Io.Engine.Find(client.Sid);
        Assert.NotNull(connection);
        return Patience.Until(() => connection.CurrentTransport.CanWrite == isWaiting);
    }
}
