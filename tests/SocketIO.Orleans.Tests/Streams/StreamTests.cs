using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Streams;

namespace SocketIO.Orleans.Tests;

/// <summary>What other services hear of clients, and send to rooms, through Orleans streams: memory streams here.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private readonly OrleansCluster _cluster = new() { ConfigureSilo = AddStreams };
    private IReadOnlyList<Node> _nodes = [];
    private IHost _client = null!;

    private IStreamProvider Provider => _client.Services.GetRequiredService<IClusterClient>().GetStreamProvider("events");

    public async Task InitializeAsync()
    {
        _nodes = await _cluster.StartAsync(2, static _ => { }, static options =>
        {
            options.StreamProvider = "events";
            options.StreamedNamespaces.Add("/heard");
        });
        _client = await _cluster.StartClientAsync(static client => client.AddMemoryStreams("events").AddMemoryStreams("others"));
    }

    public async Task DisposeAsync()
    {
        await _client.StopAsync();
        _client.Dispose();
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_is_published_to_a_rooms_stream_is_emitted_to_that_room_in_order()
    {
        var first = await JoinAsync(_nodes[0], "lobby");
        var second = await JoinAsync(_nodes[1], "lobby");
        var stranger = await JoinAsync(_nodes[1], "elsewhere");
        var stream = GetRoom("events", "lobby");
        for (var i = 0; i < 50; i++)
        {
            await stream.OnNextAsync(RoomEvent.Create("news", i, new byte[] { (byte)i }));
        }

        foreach (var client in new[] { first, second })
        {
            for (var i = 0; i < 50; i++)
            {
                var news = await client.NextAsync("news");
                Assert.Equal(i, news.Int(0));
                Assert.Equal([(byte)i], news.Bytes(1));
            }
        }

        await GetRoom("events", "elsewhere").OnNextAsync(RoomEvent.Create("last"));
        await stranger.NextAsync("last");
    }

    [Fact]
    public async Task Rooms_can_be_left_out()
    {
        var first = await JoinAsync(_nodes[0], "lobby");
        var second = await JoinAsync(_nodes[1], "lobby");
        var stream = GetRoom("events", "lobby");
        await stream.OnNextAsync(RoomEvent.Create("others").Except(first.Id));
        await stream.OnNextAsync(RoomEvent.Create("all"));
        await second.NextAsync("others");
        await second.NextAsync("all");
        await first.NextAsync("all");
    }

    [Fact]
    public async Task Streams_of_another_provider_are_none_of_the_gateways()
    {
        var client = await JoinAsync(_nodes[0], "lobby");
        await GetRoom("others", "lobby").OnNextAsync(RoomEvent.Create("other"));
        await GetRoom("events", "lobby").OnNextAsync(RoomEvent.Create("ours"));
        await client.NextAsync("ours");
    }

    [Fact]
    public void Reserved_names_are_not_sent() => Assert.Throws<ArgumentException>(static () => RoomEvent.Create("disconnect"));

    [Fact]
    public async Task What_clients_do_is_published_in_the_order_of_each()
    {
        var heard = new ConcurrentQueue<ClientNotice>();
        var subscription = await Provider.GetStream<ClientNotice>(StreamId.Create(SocketIOStreams.Clients, "/heard"))
            .SubscribeAsync((notice, _) =>
            {
                heard.Enqueue(notice);
                return Task.CompletedTask;
            });
        var clients = new[] { await _nodes[0].ConnectAsync("/heard"), await _nodes[1].ConnectAsync("/heard") };
        var unheard = await _nodes[0].ConnectAsync();
        await unheard.EmitAsync("private");
        for (var i = 0; i < 20; i++)
        {
            foreach (var client in clients)
            {
                await client.EmitAsync("number", i, new byte[] { 7 });
            }
        }

        foreach (var client in clients)
        {
            await client.LeaveAsync();
        }

        await Patience.Until(() => heard.Count == 44);
        await subscription.UnsubscribeAsync();
        foreach (var client in clients)
        {
            var notices = heard.Where(notice => notice.Socket == new ClientSocket("/heard", client.Id)).ToList();
            Assert.Equal("127.0.0.1", Assert.IsType<ClientConnect>(notices[0]).Handshake.Address);
            for (var i = 0; i < 20; i++)
            {
                var received = Assert.IsType<ClientEvent>(notices[i + 1]);
                Assert.Equal(("number", 2, i), (received.Name, received.Count, received.Get<int>(0)));
                Assert.Equal([7], received.Get<byte[]>(1));
                Assert.False(received.ExpectsAnswer);
            }

            Assert.Equal("client namespace disconnect", Assert.IsType<ClientDisconnect>(notices[21]).Reason);
        }
    }

    [Fact]
    public async Task A_provider_that_the_silo_has_not_stops_the_start()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => _cluster.StartNodeAsync(null, static options => options.StreamProvider = "missing"));
        Assert.Contains("StreamProvider is \"missing\", and the silo has no stream provider of that name", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Namespaces_without_a_provider_are_refused()
    {
        var services = new ServiceCollection();
        services.AddSocketIO().UseOrleans(static options => options.StreamedNamespaces.Add("/heard"));
        using var provider = services.BuildServiceProvider();
        var error = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<SocketIOClusterOptions>>().Value);
        Assert.Contains("StreamedNamespaces is /heard; it has to be empty, or StreamProvider set", error.Message, StringComparison.Ordinal);
    }

    private static void AddStreams(ISiloBuilder silo)
    {
        silo.AddMemoryGrainStorage("PubSubStore");
        foreach (var name in new[] { "events", "others" })
        {
            silo.AddMemoryStreams(name, static streams => streams.ConfigurePullingAgent(static agent =>
                agent.Configure(static options => options.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(10))));
        }
    }

    private static async Task<TestSocket> JoinAsync(Node node, string room)
    {
        var client = await node.ConnectAsync();
        await node[client].JoinAsync(room);
        return client;
    }

    private IAsyncStream<RoomEvent> GetRoom(string provider, string room) => _client.Services.GetRequiredService<IClusterClient>()
        .GetStreamProvider(provider).GetStream<RoomEvent>(StreamId.Create(SocketIOStreams.Rooms, SocketIOStreams.RoomKey("/", room)));
}
