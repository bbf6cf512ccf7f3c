using SocketIO.Server;

namespace Documentation.Tests;

public sealed class EventExamples
{
    // docs: events-records
    public sealed record Position(double X, double Y);

    public sealed record Move(string Piece, Position From, Position To);
    // end

    [Fact]
    public async Task Handlers_are_typed()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: events
            io.OnConnection(socket =>
            {
                socket.On("ping", () => "pong");
                socket.On("sum", (int a, int b) => a + b);
                socket.On("greet", (string name, string greeting = "Hello") => $"{greeting}, {name}!");
                socket.On("slow", async (int id, CancellationToken disconnected) =>
                {
                    await Task.Delay(10, disconnected);
                    return id;
                });
            });
            // end
        });
        await using var client = await server.ConnectAsync();
        Assert.Equal("pong", await client.EmitWithAckAsync<string>("ping"));
        Assert.Equal(3, await client.EmitWithAckAsync<int>("sum", 1, 2));
        Assert.Equal("Hello, Ada!", await client.EmitWithAckAsync<string>("greet", "Ada"));
        Assert.Equal("Hi, Ada!", await client.EmitWithAckAsync<string>("greet", "Ada", "Hi"));
        Assert.Equal(7, await client.EmitWithAckAsync<int>("slow", 7));
    }

    [Fact]
    public async Task Objects_are_records()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: events-records
            io.OnConnection(socket =>
                socket.On("move", (Move move) => socket.Broadcast.Emit("moved", move)));
            // end
        });
        await using var one = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await one.EmitAsync("move", new { piece = "knight", from = new { x = 1, y = 0 }, to = new { x = 2, y = 2 } });
        Assert.Equal(new Move("knight", new(1, 0), new(2, 2)), (await other.NextAsync("moved")).Get<Move>());
    }

    [Fact]
    public async Task Handlers_take_services()
    {
        var builder = ExampleServer.CreateBuilder();

        // docs: events-services
        builder.Services.AddScoped<Orders>();
        builder.Services.AddSocketIO();

        var app = builder.Build();
        app.MapSocketIO(io => io.OnConnection(socket =>
            socket.On("order", (Orders orders, string item, int count) => orders.AddAsync(item, count))));
        // end

        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAsync();
        Assert.Equal("2 x tea", await client.EmitWithAckAsync<string>("order", "tea", 2));
    }

    [Fact]
    public async Task Handlers_come_and_go()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: events-once
            io.OnConnection(socket =>
            {
                var count = () => Interlocked.Increment(ref _counted);
                socket.Once("begin", () => "begun");
                socket.On("count", count);
                socket.On("stop", () => { socket.Off("count", count); });
            });
            // end
        });
        await using var client = await server.ConnectAsync();
        Assert.Equal("begun", await client.EmitWithAckAsync<string>("begin"));
        Assert.Equal(1, await client.EmitWithAckAsync<int>("count"));
        await client.EmitAsync("stop");
        await client.EmitAsync("count");
        await using var other = await server.ConnectAsync();
        Assert.Equal(2, await other.EmitWithAckAsync<int>("count"));
    }

    [Fact]
    public async Task Arguments_can_be_read_one_by_one()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: events-arguments
            io.OnConnection(socket => socket.On("log", (EventArguments args) =>
                args.Count == 0 ? "nothing" : $"{args.Count}, the first is {args[0].ValueKind}"));
            // end
        });
        await using var client = await server.ConnectAsync();
        Assert.Equal("nothing", await client.EmitWithAckAsync<string>("log"));
        Assert.Equal("2, the first is Object", await client.EmitWithAckAsync<string>("log", new { a = 1 }, 2));
    }

    [Fact]
    public async Task Source_generated_json_is_used()
    {
        await using var server = await ExampleServer.StartAsync(
            io => io.OnConnection(socket => socket.On("move", (Move move) => move.Piece)),
            options =>
            {
                // docs: events-json
                options.SerializerOptions = new System.Text.Json.JsonSerializerOptions(GameJson.Default.Options);
                // end
            });
        await using var client = await server.ConnectAsync();
        Assert.Equal("rook", await client.EmitWithAckAsync<string>("move", new { piece = "rook", from = new { x = 1, y = 0 }, to = new { x = 2, y = 2 } }));
    }

    private int _counted;

    private sealed class Orders
    {
        private readonly string _separator = " x ";

        public Task<string> AddAsync(string item, int count) => Task.FromResult(count + _separator + item);
    }
}

// docs: events-json-context
[System.Text.Json.Serialization.JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[System.Text.Json.Serialization.JsonSerializable(typeof(EventExamples.Move))]
internal sealed partial class GameJson : System.Text.Json.Serialization.JsonSerializerContext;
// end
