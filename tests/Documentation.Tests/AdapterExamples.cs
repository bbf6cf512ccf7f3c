using System.Collections.Concurrent;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class AdapterExamples
{
    [Fact]
    public async Task Room_events_are_told()
    {
        var events = new ConcurrentQueue<string>();
        await using var server = await ExampleServer.StartAsync(io =>
        {
            io.OnConnection(socket =>
            {
                socket.On("join", async () => await socket.JoinAsync("lobby"));
                socket.On("leave", async () => await socket.LeaveAsync("lobby"));
                socket.On("end", () => 0);
            });

            // docs: adapter-events
            var adapter = io.Sockets.Adapter;
            adapter.RoomCreated += room => events.Enqueue($"created {room}");
            adapter.RoomJoined += (room, socketId) => events.Enqueue($"joined {room}");
            adapter.RoomLeft += (room, socketId) => events.Enqueue($"left {room}");
            adapter.RoomDeleted += room => events.Enqueue($"deleted {room}");
            // end
        });
        await using var client = await server.ConnectAsync();
        await client.EmitAsync("join");
        await client.EmitAsync("leave");
        await client.EmitWithAckAsync("end");
        Assert.Equal(["created lobby", "joined lobby", "left lobby", "deleted lobby"], events.Where(text => text.EndsWith("lobby")));
    }

    [Fact]
    public async Task An_adapter_of_ones_own_is_set_by_an_option()
    {
        await using var server = await ExampleServer.StartAsync(
            _ => { },
            options =>
            {
                // docs: adapter-own-option
                options.Adapter = ns => new CountingAdapter(ns);
                // end
            });
        server.IO.Emit("one");
        server.IO.To("room").Emit("two");
        Assert.Equal(2, ((CountingAdapter)server.IO.Sockets.Adapter).Broadcasts);
    }

    [Fact]
    public async Task Other_servers_are_sent_to_and_answer()
    {
        var bus = new List<Namespace>();
        await using var one = await ExampleServer.StartAsync(_ => { }, options => options.Adapter = Join);
        await using var two = await ExampleServer.StartAsync(
            io =>
            {
                // docs: server-side-emit
                io.Sockets.OnServerSide("reload", args => $"{args.Get<string>(0)} is reloaded");
                // end
            },
            options => options.Adapter = Join);
        var io = one.IO;

        // docs: server-side-emit-send
        io.ServerSideEmit("reload", "prices");
        var answers = await io.ServerSideEmitWithAckAsync<string>("reload", "prices");
        // end

        Assert.Equal(["prices is reloaded"], answers);

        Adapter Join(Namespace ns)
        {
            bus.Add(ns);
            return new BusAdapter(ns, bus);
        }
    }

    // docs: adapter-own
    private sealed class CountingAdapter(Namespace ns) : InProcessAdapter(ns)
    {
        private int _broadcasts;

        public int Broadcasts => _broadcasts;

        public override ValueTask BroadcastAsync(EventPayload payload, BroadcastOptions options)
        {
            Interlocked.Increment(ref _broadcasts);
            return base.BroadcastAsync(payload, options);
        }
    }
    // end

    private sealed class BusAdapter(Namespace ns, List<Namespace> bus) : InProcessAdapter(ns)
    {
        public override ValueTask<IReadOnlyList<EventPayload>> ServerSideEmitWithAckAsync(EventPayload payload, TimeSpan timeout, CancellationToken cancellationToken)
        {
            var answers = new List<EventPayload>();
            foreach (var other in bus.Where(other => other != Namespace))
            {
                other.OnServerSideEvent(payload, answers.Add);
            }

            return new(answers);
        }
    }
}
