using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>What an Orleans client outside the silos, and a grain inside, can do with the sockets of all gateways.</summary>
public sealed class OutsideTests() : NodeSuite(3)
{
    private readonly OrleansCluster _cluster = new();
    private IHost _client = null!;

    private NamespaceOperator Outside => _client.Services.GetRequiredService<IClusterClient>().SocketIO();

    protected override async Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure)
    {
        var started = await _cluster.StartAsync(nodes, configure);
        _client = await _cluster.StartClientAsync();
        started[0].App.Lifetime.ApplicationStopping.Register(() => _client.StopAsync().GetAwaiter().GetResult());
        return started;
    }

    [Fact]
    public async Task An_event_reaches_all_sockets_with_number_text_and_bytes_unchanged()
    {
        await Outside.EmitAsync("news", 1, "zwei", new byte[] { 3, 4 }, new { Five = new[] { 5 } });
        foreach (var client in Clients)
        {
            var news = await client.NextAsync("news");
            Assert.Equal(1, news.Int(0));
            Assert.Equal("zwei", news.Text(1));
            Assert.Equal([3, 4], news.Bytes(2));
            Assert.Equal(5, news.Args[3].GetProperty("five")[0].GetInt32());
        }
    }

    [Fact]
    public async Task Rooms_and_exceptions_choose_the_sockets()
    {
        await Server(A).JoinAsync("red");
        await Server(B).JoinAsync("red", "green");
        await Server(C).JoinAsync("green");
        await Outside.To("red").In("green").Except("none").EmitAsync("both");
        await Outside.To("red").Except("green").EmitAsync("red only");
        await Outside.To(C.Id).EmitAsync("one");
        foreach (var client in Clients)
        {
            await client.NextAsync("both");
        }

        await A.NextAsync("red only");
        await C.NextAsync("one");
        await AssertNothingElseAsync(Clients);
    }

    [Fact]
    public async Task What_is_sent_one_after_another_arrives_in_that_order()
    {
        for (var i = 0; i < 50; i++)
        {
            await Outside.EmitAsync("news", i);
        }

        foreach (var client in Clients)
        {
            for (var i = 0; i < 50; i++)
            {
                Assert.Equal(i, (await client.NextAsync("news")).Int(0));
            }
        }
    }

    [Fact]
    public async Task A_namespace_that_only_some_gateways_have_is_reached_from_all()
    {
        Nodes[2].Io.Of("/rare");
        var client = await Nodes[2].ConnectAsync("/rare");
        await Nodes[2][client].JoinAsync("room");
        var rare = _client.Services.GetRequiredService<IClusterClient>().SocketIO("rare");
        await rare.To("room").EmitAsync("news");
        await client.NextAsync("news");
        Assert.Equal([client.Id], (await rare.FetchSocketsAsync()).Select(static socket => socket.Id));
    }

    [Fact]
    public async Task Promise7_a_client_outside_the_silos_gets_the_answers_of_all_sockets()
    {
        for (var i = 0; i < Clients.Count; i++)
        {
            var number = i;
            Clients[i].Answer = asked => [asked.Int(0) + number];
        }

        var answers = await Patience.Within(Outside.Timeout(TimeSpan.FromSeconds(20)).EmitWithAckAsync<int>("add", 10));
        Assert.Equal([10, 11, 12], answers.Order());
    }

    [Fact]
    public async Task Promise7_a_grain_gets_the_answers_of_a_room()
    {
        await Server(B).JoinAsync("room");
        await Server(C).JoinAsync("room");
        B.Answer = _ => ["b"];
        C.Answer = _ => ["c"];
        var grain = _client.Services.GetRequiredService<IClusterClient>().GetGrain<IAskingGrain>("any");
        Assert.Equal(["b", "c"], (await Patience.Within(grain.AskAsync("room", "who"))).Order());
    }

    [Fact]
    public async Task Promise7_a_silent_client_costs_an_error_that_has_the_other_answers()
    {
        A.Answer = _ => ["a"];
        var error = await Patience.UntilAnswered(
            timeout => Assert.ThrowsAsync<AnswersMissingException<string>>(() => Patience.Within(Outside.Timeout(timeout).EmitWithAckAsync<string>("who"))),
            static error => error.Answers.Count == 1);
        Assert.Equal(["a"], error.Answers);
    }

    [Fact]
    public async Task Nobody_to_ask_gives_an_empty_list() =>
        Assert.Empty(await Patience.Within(Outside.To("nobody").Timeout(TimeSpan.FromSeconds(20)).EmitWithAckAsync<string>("who")));

    [Fact]
    public async Task Without_a_timeout_nobody_is_asked() =>
        Assert.Contains("Timeout", (await Assert.ThrowsAsync<InvalidOperationException>(() => Outside.EmitWithAckAsync<string>("who"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("connect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    public void Reserved_names_are_not_sent(string name) => Assert.Throws<ArgumentException>(() => { _ = Outside.EmitAsync(name); });

    [Fact]
    public async Task Fetched_sockets_have_rooms_handshake_and_data()
    {
        var client = await Nodes[1].ConnectAsync("/", auth: new { token = "abc" }, query: "&page=2");
        await Nodes[1][client].JoinAsync("room");
        Nodes[1][client].Data["user"] = "Grace";
        Nodes[1][client].Data["key"] = new byte[] { 7 };
        var socket = Assert.Single(await Outside.In("room").FetchSocketsAsync());
        Assert.Equal(client.Id, socket.Id);
        Assert.Equal(new[] { client.Id, "room" }.Order(), socket.Rooms.Order());
        Assert.Equal("Grace", socket.GetData<string>("user"));
        Assert.Equal([7], socket.GetData<byte[]>("key"));
        Assert.Null(socket.GetData<string>("other"));
        Assert.Equal(new[] { "key", "user" }, socket.DataKeys.Order());
        Assert.Equal("abc", socket.Auth.GetProperty("token").GetString());
        Assert.Equal("2", socket.GetQuery("page"));
        Assert.NotNull(socket.GetHeader("host"));
        Assert.StartsWith("/socket.io/", socket.Url, StringComparison.Ordinal);
        Assert.False(socket.IsSecure);
        Assert.Equal("127.0.0.1", socket.Address);
        Assert.Equal(Nodes[1][client].Handshake.Issued, socket.Issued);
    }

    [Fact]
    public async Task Sockets_join_leave_and_are_disconnected()
    {
        await Outside.In(A.Id, B.Id).SocketsJoinAsync("room");
        await Outside.To("room").EmitAsync("first");
        await A.NextAsync("first");
        await B.NextAsync("first");
        await Outside.In(B.Id).SocketsLeaveAsync("room");
        await Outside.To("room").EmitAsync("second");
        await A.NextAsync("second");
        await Outside.In("room").DisconnectSocketsAsync();
        Assert.Equal("io server disconnect", await A.Disconnected);
        await AssertNothingElseAsync(B, C);
    }

    [Fact]
    public async Task An_event_for_servers_reaches_them_all()
    {
        var heard = Nodes.Select(static _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        for (var i = 0; i < Nodes.Count; i++)
        {
            var node = heard[i];
            Nodes[i].Io.Of("/").OnServerSide("hello", arguments =>
            {
                node.TrySetResult(arguments.Get<string>(0)!);
                return null;
            });
        }

        await Outside.ServerSideEmitAsync("hello", "world");
        foreach (var node in heard)
        {
            Assert.Equal("world", await Patience.Within(node.Task));
        }

        Assert.Throws<ArgumentException>(() => { _ = Outside.ServerSideEmitAsync("connection"); });
    }

    [Fact]
    public async Task Arguments_are_written_with_the_applications_options()
    {
        var outside = Outside.WithJson(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper });
        await outside.EmitAsync("news", new { FirstName = "Grace" });
        Assert.Equal("Grace", (await A.NextAsync("news")).Args[0].GetProperty("FIRST_NAME").GetString());
    }
}
