using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Streams;

namespace SocketIO.Orleans.Tests;

/// <summary>The code of docs/streams.md.</summary>
public sealed class StreamExamples
{
    [Fact]
    public async Task A_gateway_has_streams()
    {
        var builder = WebApplication.CreateSlimBuilder();

        // docs: streams-gateway
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering()
            .AddMemoryGrainStorage("SocketIO")
            .AddMemoryGrainStorage("PubSubStore")       // what explicit subscriptions are kept in
            .AddMemoryStreams("events"));               // any provider will do
        builder.Services.AddSocketIO().UseOrleans(options =>
        {
            options.StreamProvider = "events";
            options.StreamedNamespaces.Add("/chat");
        });
        // end

        await using var app = builder.Build();
        Assert.Equal(["/chat"], app.Services.GetRequiredService<IOptions<SocketIOClusterOptions>>().Value.StreamedNamespaces);
    }

    [Fact]
    public async Task Services_hear_clients_and_send_to_rooms()
    {
        var cluster = new OrleansCluster { ConfigureSilo = static silo => silo.AddMemoryGrainStorage("PubSubStore").AddMemoryStreams("events") };
        var nodes = await cluster.StartAsync(1, static _ => { }, static options =>
        {
            options.StreamProvider = "events";
            options.StreamedNamespaces.Add("/chat");
        });
        await using var node = nodes[0];
        using var host = await cluster.StartClientAsync(static client => client.AddMemoryStreams("events"));
        var streamProvider = host.Services.GetRequiredService<IClusterClient>().GetStreamProvider("events");
        var audit = new Audit();

        // docs: streams-out
        var clients = streamProvider.GetStream<ClientNotice>(StreamId.Create(SocketIOStreams.Clients, "/chat"));
        await clients.SubscribeAsync((notice, token) => notice switch
        {
            ClientConnect connect => audit.WriteAsync(notice.Socket.Id, "from " + connect.Handshake.Address),
            ClientEvent received => audit.WriteAsync(notice.Socket.Id, received.Name),
            ClientDisconnect disconnect => audit.WriteAsync(notice.Socket.Id, disconnect.Reason),
            _ => Task.CompletedTask,
        });
        // end

        var client = await node.ConnectAsync("/chat");
        await node[client].JoinAsync("lobby");
        var (socketId, article) = ("somebody else", "text");

        // docs: streams-in
        var key = SocketIOStreams.RoomKey("/chat", "lobby");
        var room = streamProvider.GetStream<RoomEvent>(StreamId.Create(SocketIOStreams.Rooms, key));
        await room.OnNextAsync(RoomEvent.Create("news", article).Except(socketId));
        // end

        Assert.Equal("text", (await client.NextAsync("news")).Text(0));
        await client.EmitAsync("thanks");
        await client.LeaveAsync();
        foreach (var expected in new[] { "from 127.0.0.1", "thanks", "client namespace disconnect" })
        {
            Assert.Equal((client.Id, expected), await audit.NextAsync());
        }

        await host.StopAsync();
    }

    private sealed class Audit
    {
        private readonly Channel<(string Id, string What)> _lines = Channel.CreateUnbounded<(string, string)>();

        public Task WriteAsync(string id, string what) => _lines.Writer.WriteAsync((id, what)).AsTask();

        public Task<(string Id, string What)> NextAsync() => Patience.Within(_lines.Reader.ReadAsync().AsTask());
    }
}
