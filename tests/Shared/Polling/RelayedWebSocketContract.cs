using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Cors.Infrastructure;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Testing;

/// <summary>The cluster's first promise for upgrades: a WebSocket may reach any node, and stays there for life.</summary>
public abstract class RelayedWebSocketContract : BalancedNodes
{
    private const int Rounds = 40;
    private const int WindowBytes = 64 * 1024;

    private static readonly string Chunk = new('.', 16 * 1024);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Promise1_an_upgrade_may_reach_any_node(int edge)
    {
        var client = await JoinAsync();
        using var upgraded = await UpgradedClient.UpgradeAsync(client, Nodes[edge]);
        for (var i = 0; i < Rounds; i++)
        {
            await upgraded.SendAsync(Text($"""42["echo",{i},"two ✓"]"""));
            Assert.StartsWith(Text($"""42["echo",{i},"two ✓","""), await upgraded.NextAsync(), StringComparison.Ordinal);
        }

        Assert.Equal("websocket", Owner.Io.Engine.Find(client.Sid)?.Transport);
        Assert.Equal(edge == 0 ? 0 : 1, Relay(Nodes[edge]).CarriedWebSockets);
    }

    [Fact]
    public async Task Promise1_what_any_node_emits_is_seen_once_and_in_order_across_an_upgrade_at_another_node()
    {
        var client = await JoinAsync();
        using var upgraded = await UpgradedClient.OpenAsync(client, Nodes[1]);
        var emitting = Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++)
            {
                Nodes[2].Io.Emit("news", i);
                await Task.Yield();
            }
        });
        var seen = new List<string?>();
        for (var i = 0; i < 3; i++)
        {
            seen.Add(await client.NextAsync());
        }

        await upgraded.ProbeAsync();
        await upgraded.SendAsync("5");
        seen.AddRange(client.TakeAll());
        while (seen.Count < 300)
        {
            seen.Add(await upgraded.NextAsync());
        }

        await emitting;
        Assert.Equal(Enumerable.Range(0, 300), seen.Select(static packet => JsonElement.Parse(packet![2..])[1].GetInt32()));
    }

    [Fact]
    public async Task Promise1_messages_far_larger_than_what_may_lie_unread_pass_both_ways()
    {
        using var upgraded = await UpgradedClient.UpgradeAsync(await JoinAsync(), Nodes[1]);
        for (var i = 0; i < 5; i++)
        {
            var text = new string((char)('a' + i), (5 * WindowBytes) + i);
            await upgraded.SendAsync(Text($"""42["echo",{i},"{text}"]"""));
            Assert.StartsWith(Text($"""42["echo",{i},"{text}","""), await upgraded.NextAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Promise1_compression_is_agreed_with_the_session_s_node()
    {
        var client = await JoinAsync();
        using var upgraded = await UpgradedClient.UpgradeAsync(client, Nodes[1], static options => options.DangerousDeflateOptions = new WebSocketDeflateOptions());
        await upgraded.SendAsync(Text($"""42["echo",1,"{Chunk}"]"""));
        Assert.StartsWith(Text($"""42["echo",1,"{Chunk}","""), await upgraded.NextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4x")]
    [InlineData("6")]
    [InlineData("2")]
    [InlineData("")]
    public async Task Promise1_a_probe_that_fails_at_another_node_leaves_the_session_with_polling(string packet)
    {
        var client = await JoinAsync();
        using (var failing = await UpgradedClient.OpenAsync(client, Nodes[1]))
        {
            if (packet.Length > 0)
            {
                await failing.SendAsync(packet);
                await failing.ReadToEndAsync();
            }
        }

        await client.PostAsync("""42["echo",1,""]""");
        Assert.StartsWith("""42["echo",1,"",""", await client.NextAsync(), StringComparison.Ordinal);
        // And the next attempt may succeed.
        await Patience.Until(() => !Owner.Io.Engine.Find(client.Sid)!.IsUpgradingOrUpgraded);
        using var upgraded = await UpgradedClient.UpgradeAsync(client, Nodes[2]);
        await upgraded.SendAsync("""42["echo",2,""]""");
        Assert.StartsWith("""42["echo",2,"",""", await upgraded.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promise1_a_second_upgrade_is_closed_wherever_it_arrives_and_the_first_goes_on()
    {
        var client = await JoinAsync();
        using var first = await UpgradedClient.UpgradeAsync(client, Nodes[1]);
        await first.SendAsync("""42["echo",1,""]""");
        Assert.StartsWith("""42["echo",1,"",""", await first.NextAsync(), StringComparison.Ordinal);
        for (var node = 0; node < 3; node++)
        {
            using var second = await UpgradedClient.OpenAsync(client, Nodes[node]);
            Assert.Null(await second.NextAsync());
        }

        await first.SendAsync("""42["echo",2,""]""");
        Assert.StartsWith("""42["echo",2,"",""", await first.NextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("unknown")]
    public async Task Promise1_an_upgrade_that_is_not_allowed_is_refused_at_any_node(string why)
    {
        var client = await JoinAsync();
        if (why == "unknown")
        {
            await client.PostAsync("1");
        }

        for (var node = 0; node < 3; node++)
        {
            await Assert.ThrowsAsync<WebSocketException>(() => UpgradedClient.OpenAsync(
                client,
                Nodes[node],
                options => options.SetRequestHeader("Origin", why == "unknown" ? "http://a.example" : why)));
        }
    }

    [Fact]
    public async Task Promise1_a_client_whose_WebSocket_at_another_node_is_cut_is_gone()
    {
        var client = await JoinAsync();
        var end = WatchForEnd();
        using var upgraded = await UpgradedClient.UpgradeAsync(client, Nodes[1]);
        await CompleteAsync(client);
        upgraded.Cut();

        Assert.Equal("transport close", await end);
        await client.ExpectUnknownAsync(Nodes);
        await ExpectNothingIsLeftAsync();
    }

    [Fact]
    public async Task Promise1_a_client_that_closes_its_WebSocket_at_another_node_has_a_clean_end()
    {
        var client = await JoinAsync();
        var end = WatchForEnd();
        using var upgraded = await UpgradedClient.UpgradeAsync(client, Nodes[1]);
        await CompleteAsync(client);
        await upgraded.CloseAsync();

        Assert.Equal("transport close", await end);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, upgraded.CloseStatus);
        await ExpectNothingIsLeftAsync();
    }

    [Fact]
    public async Task Promise1_a_client_that_the_server_disconnects_sees_it_at_another_node()
    {
        using var upgraded = await UpgradedClient.UpgradeAsync(await JoinAsync(), Nodes[1]);
        Nodes[2].Io.Emit("last");
        await Nodes[2].Io.Sockets.DisconnectSocketsAsync(close: true);

        Assert.StartsWith("""42["last",""", await upgraded.NextAsync(), StringComparison.Ordinal);
        Assert.Equal("41", await upgraded.NextAsync());
        Assert.Null(await upgraded.NextAsync());
        await upgraded.CloseAsync();
        await ExpectNothingIsLeftAsync();
    }

    [Fact]
    public async Task Promise1_a_client_whose_carrier_dies_is_gone_and_recovers_elsewhere()
    {
        var client = await JoinAsync();
        var end = WatchForEnd();
        using var upgraded = await UpgradedClient.UpgradeAsync(client, Nodes[1]);
        Owner.Io.Emit("news", 1);
        var offset = JsonElement.Parse((await upgraded.NextAsync())![2..])[2].GetString();
        await KillAsync(Nodes[1], Nodes.Where(node => node != Nodes[1]));
        Nodes.RemoveAt(1);

        Assert.Equal("transport close", await end);
        Assert.Equal(0, Relay(Owner).OwnWebSockets);
        Owner.Io.Emit("news", 2);
        var back = await TestClient.OpenAsync(Nodes[1].Address);
        var socket = await back.JoinAsync(auth: new { pid = client.PrivateId, offset });
        Assert.Equal(client.SocketId, socket.Id);
        Assert.Equal(2, (await socket.NextAsync("news")).Int(0));
        await back.DisposeAsync();
    }

    [Fact]
    public async Task Promise1_when_the_owner_dies_its_WebSockets_end_wherever_they_are()
    {
        using var upgraded = await UpgradedClient.UpgradeAsync(await JoinAsync(), Nodes[1]);
        await KillAsync(Owner, Nodes.Skip(1));
        Nodes.RemoveAt(0);

        await upgraded.ReadToEndAsync();
        await Patience.Until(() => Relay(Nodes[0]).CarriedWebSockets == 0);
    }

    [Fact]
    public async Task Promise1_a_carrier_that_leaves_ends_what_it_carries()
    {
        var client = await JoinAsync();
        var end = WatchForEnd();
        using var upgraded = await UpgradedClient.UpgradeAsync(client, Nodes[1]);
        await CompleteAsync(client);
        var leaving = Nodes[1].DisposeAsync();
        Nodes.RemoveAt(1);
        await upgraded.ReadToEndAsync();
        await leaving;

        Assert.Equal("transport close", await end);
        Assert.Equal(0, Relay(Owner).OwnWebSockets);
    }

    [Fact]
    public async Task Promise1_an_owner_that_leaves_tells_its_clients_at_other_nodes()
    {
        var client = await JoinAsync();
        var end = WatchForEnd();
        using var upgraded = await UpgradedClient.UpgradeAsync(client, Nodes[1]);
        await CompleteAsync(client);
        // However long it takes: nothing is asserted about that.
        Owner.Io.Engine.Options.ShutdownTimeout = TimeSpan.FromSeconds(20);
        var leaving = Owner.DisposeAsync();
        Nodes.RemoveAt(0);

        Assert.Null(await upgraded.NextAsync());
        Assert.Equal("server shutting down", await end);
        await upgraded.CloseAsync();
        await leaving;
    }

    [Fact]
    public async Task Promise1_a_client_that_never_reads_is_cut_by_its_owner_and_everybody_else_gets_everything()
    {
        var slow = await JoinAsync();
        var end = WatchForEnd();
        using var never = await UpgradedClient.UpgradeAsync(slow, Nodes[1]);
        await CompleteAsync(slow);
        var fast = await JoinAsync();
        using var reading = await UpgradedClient.UpgradeAsync(fast, Nodes[1]);
        // What the system buffers is not known; that it ends is.
        for (var i = 0; !end.IsCompleted; i++)
        {
            Assert.True(i < 10_000, "The client was never cut.");
            Owner.Io.Emit("news", i, Chunk);
            var packet = await reading.NextAsync();
            Assert.StartsWith(Text($"""42["news",{i},"""), packet, StringComparison.Ordinal);
            Assert.InRange(Relay(Nodes[1]).UnreadBytes, 0, 2 * WindowBytes);
        }

        Assert.Equal("transport error", await end);
        await Patience.Until(() => Relay(Nodes[1]).CarriedWebSockets == 1);
        await reading.SendAsync("""42["echo",1,""]""");
        Assert.StartsWith("""42["echo",1""", await reading.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promise1_a_client_that_sends_faster_than_its_owner_reads_has_to_wait_at_the_other_node()
    {
        var client = await JoinAsync();
        using var mayRead = new ManualResetEventSlim();
        var last = -1;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Owner.Io.Sockets.Sockets.Values.Single().On("data", (int number, string text) =>
        {
            mayRead.Wait();
            Assert.Equal(last + 1, number);
            if ((last = number) == 999)
            {
                all.SetResult();
            }
        });
        using var upgraded = await UpgradedClient.UpgradeAsync(client, Nodes[1]);
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (; sent < 1000; sent++)
            {
                await upgraded.SendSlowlyAsync(Text($"""42["data",{sent},"{Chunk}"]"""));
            }
        });
        // As much as may lie unread, but for what is too little to be worth a message.
        await Patience.Until(() => Relay(Owner).UnreadBytes > WindowBytes / 2);
        Assert.InRange(Relay(Owner).UnreadBytes, 0, WindowBytes);
        Assert.InRange(sent, 0, 999);
        mayRead.Set();
        await Patience.Within(sending);
        await Patience.Within(all.Task);
        Assert.Equal(999, last);
    }

    protected override void Configure(SocketIOOptions options)
    {
        options.MaxOutboundBytes = 256 * 1024;
        options.PerMessageDeflate = new PerMessageDeflateOptions();
        options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
        options.Cors = new CorsPolicy { Origins = { "http://a.example" }, SupportsCredentials = true };
    }

    private protected static SessionRelay Relay(Node node) => (SessionRelay)node.Io.Engine.Options.Relay!;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private Task CompleteAsync(WanderingClient client) => Patience.Until(() => Owner.Io.Engine.Find(client.Sid)?.Transport == "websocket");

    private Task ExpectNothingIsLeftAsync() => Patience.Until(() => Nodes.TrueForAll(static node => Relay(node) is { CarriedWebSockets: 0, OwnWebSockets: 0 }));
}
