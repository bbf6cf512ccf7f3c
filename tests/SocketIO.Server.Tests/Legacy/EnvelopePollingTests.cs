using System.Net;

namespace SocketIO.Server.Tests;

/// <summary>Polling by clients 0.1 to 0.2.4, and how they are told from later ones.</summary>
[Trait("Feature", "E-01")]
public sealed class EnvelopePollingTests
{
    [Fact]
    [Trait("Feature", "E-17")]
    [Trait("Feature", "E-19")]
    [Trait("Feature", "E-21")]
    public async Task The_earliest_clients_are_known_by_their_first_request()
    {
        await using var node = await LegacyNode.StartAsync(onConnection: static socket =>
        {
            LegacyNode.Echo(socket);
            socket.Send("hello");
            socket.Send(new { a = 1 });
        });

        var greeting = await node.GetAsync("/socket.io/xhr-polling");
        Assert.Matches("""^\{"messages":\["\{\\"sessionid\\":\\"[0-9A-Za-z_-]{20}\\"\}"\]\}$""", greeting.Body);
        Assert.Null(greeting.Header("Set-Cookie"));
        var id = IdOf(greeting);

        Assert.Equal("""{"messages":["hello","{\"a\":1}"]}""", (await node.GetAsync($"/socket.io/xhr-polling/{id}")).Body);
        var answer = await node.PostAsync($"/socket.io/xhr-polling/{id}/send", """["a","{\"b\":[2,\"x\"]}",""]""");
        Assert.Equal("ok", answer.Body);
        Assert.Equal(["connection", "message \"a\"", "message \"{\\\"b\\\":[2,\\\"x\\\"]}\"", "message \"\""], node.Told);
        Assert.Equal("""{"messages":["a","{\"b\":[2,\"x\"]}",""]}""", (await node.GetAsync($"/socket.io/xhr-polling/{id}")).Body);
    }

    [Fact]
    [Trait("Feature", "X-01")]
    public async Task A_client_that_does_not_understand_the_later_greeting_gets_the_earlier_one_for_the_same_session()
    {
        await using var node = await LegacyNode.StartAsync(onConnection: static socket => socket.Send("hello"));
        var first = await node.GetAsync("/socket.io/xhr-polling//1300000000000");
        Assert.StartsWith("~m~20~m~", first.Body, StringComparison.Ordinal);
        var cookie = first.Header("Set-Cookie")!;
        Assert.Matches("^socket.io-greeting=[0-9A-Za-z_-]{20}; path=/socket.io; samesite=lax; httponly$", cookie);

        var second = await node.GetAsync("/socket.io/xhr-polling//1300000000001", ("Cookie", "socket.io=xhr-polling; " + cookie[..cookie.IndexOf(';', StringComparison.Ordinal)]));

        Assert.Equal(first.Body[8..], IdOf(second));
        Assert.Equal("""{"messages":["hello"]}""", (await node.GetAsync($"/socket.io/xhr-polling/{IdOf(second)}/1300000000002")).Body);
        Assert.Equal(["connection"], node.Told);
    }

    [Fact]
    [Trait("Feature", "X-01")]
    public async Task A_client_that_has_understood_is_greeted_anew_only_for_a_session_of_its_own()
    {
        await using var node = await LegacyNode.StartAsync();
        var first = await node.GetAsync("/socket.io/xhr-polling//1");
        var cookie = ("Cookie", first.Header("Set-Cookie")!.Split(';')[0]);
        var poll = node.GetAsync($"/socket.io/xhr-polling/{first.Body[8..]}/2", cookie);
        await node.UntilPolledAsync(first.Body[8..]);

        // Another page of the same browser.
        var second = await node.GetAsync("/socket.io/xhr-polling//1", cookie);

        Assert.StartsWith("~m~20~m~", second.Body, StringComparison.Ordinal);
        Assert.NotEqual(first.Body, second.Body);
        node.Io.Send("both");
        Assert.Equal("~m~4~m~both", (await poll).Body);
    }

    [Fact]
    [Trait("Feature", "E-03")]
    public async Task The_cookie_in_which_clients_remember_their_transport_means_nothing()
    {
        await using var node = await LegacyNode.StartAsync();

        Assert.StartsWith("~m~20~m~", (await node.GetAsync("/socket.io/xhr-polling//1", ("Cookie", "socket.io=xhr-polling; socket.io-greeting=unknown"))).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_one_of_the_generations_is_served_nobody_has_to_be_told_apart()
    {
        await using var later = await LegacyNode.StartAsync(Generations.Version06);
        await using var earlier = await LegacyNode.StartAsync(Generations.Version02);

        var one = await later.GetAsync("/socket.io/xhr-polling//1");
        var other = await earlier.GetAsync("/socket.io/xhr-polling//1");

        Assert.StartsWith("~m~20~m~", one.Body, StringComparison.Ordinal);
        Assert.StartsWith("""{"messages":[""", other.Body, StringComparison.Ordinal);
        Assert.Null(one.Header("Set-Cookie"));
        Assert.Null(other.Header("Set-Cookie"));
        Assert.Equal(HttpStatusCode.BadRequest, (await later.GetAsync("/socket.io/xhr-polling")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await earlier.GetAsync("/socket.io/jsonp-polling//1/0")).Status);
    }

    [Fact]
    [Trait("Feature", "E-18")]
    public async Task What_a_client_misses_between_two_polls_waits_for_it()
    {
        await using var node = await LegacyNode.StartAsync();
        var id = IdOf(await node.GetAsync("/socket.io/xhr-polling"));
        node.Time.Advance(TimeSpan.FromSeconds(9));
        node.Io.Send("one");
        node.Io.Send("two");

        Assert.Equal("""{"messages":["one","two"]}""", (await node.GetAsync($"/socket.io/xhr-polling/{id}")).Body);
    }

    [Fact]
    public async Task Posts_that_overlap_all_arrive()
    {
        await using var node = await LegacyNode.StartAsync();
        var id = IdOf(await node.GetAsync("/socket.io/xhr-polling"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(number => node.PostAsync($"/socket.io/xhr-polling/{id}/send", $"[\"{number}\"]")));

        Assert.All(answers, static answer => Assert.Equal("ok", answer.Body));
        Assert.Equal(Enumerable.Range(0, 10).Select(static number => $"message \"{number}\""), node.Told.Skip(1).Order());
    }

    private static string IdOf(LegacyAnswer greeting)
    {
        const string Before = "\\\"sessionid\\\":\\\"";
        var start = greeting.Body.IndexOf(Before, StringComparison.Ordinal) + Before.Length;
        return greeting.Body[start..greeting.Body.IndexOf('\\', start)];
    }
}
