using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Client.Tests;

public class HandlerTests
{
    [Fact]
    public async Task Arguments_arrive_as_what_the_handler_takes()
    {
        var received = new Happenings<object?[]>();
        await using var server = await LiveServer.StartAsync(static socket =>
            socket.Emit("all", 1, "two", new { X = 3.5 }, new[] { "four" }, null, new byte[] { 5 }));

        await using var client = await server.ConnectAsync(client => client.On(
            "all",
            (int one, string two, Point three, string[] four, Point? five, byte[] six, int seven = 7, string? eight = null) =>
                received.Add([one, two, three, four, five, six, seven, eight])));

        Assert.Equal([1, "two", new Point(3.5), new[] { "four" }, null, new byte[] { 5 }, 7, null], await received.NextAsync());
    }

    [Fact]
    public async Task A_handler_may_take_all_arguments_as_they_came()
    {
        var received = new Happenings<ReceivedArguments>();
        await using var server = await LiveServer.StartAsync(static socket => socket.Emit("all", 1, "\u2713"));

        await using var client = await server.ConnectAsync(client => client.On("all", received.Add));

        var arguments = await received.NextAsync();
        Assert.Equal(2, arguments.Count);
        Assert.Equal(1, arguments.Get<int>(0));
        Assert.Equal(JsonValueKind.String, arguments[1].ValueKind);
        Assert.Equal("\"\u2713\"", arguments.GetRawText(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => arguments[2]);
    }

    [Fact]
    public async Task Events_start_their_handlers_in_order_and_none_waits_for_another()
    {
        var started = new Happenings<int>();
        var release = new TaskCompletionSource();
        await using var server = await LiveServer.StartAsync(static socket =>
        {
            for (var i = 0; i < 100; i++)
            {
                socket.Emit("number", i);
            }
        });

        await using var client = await server.ConnectAsync(client => client.On("number", async (int number) =>
        {
            started.Add(number);
            await release.Task;
        }));

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(i, await started.NextAsync());
        }

        release.SetResult();
    }

    [Fact]
    public async Task All_handlers_of_an_event_are_called_until_they_are_taken_off()
    {
        var calls = new Happenings<string>();
        await using var server = await LiveServer.StartAsync(static socket => socket.On("again", () => socket.Emit("event")));
        Action first = () => calls.Add("first");
        Action second = () => calls.Add("second");
        Action third = () => calls.Add("third");
        await using var client = await server.ConnectAsync(client => client.On("event", first).On("event", second));

        client.Emit("again");
        Assert.Equal("first", await calls.NextAsync());
        Assert.Equal("second", await calls.NextAsync());

        client.Off("event", first).Emit("again");
        Assert.Equal("second", await calls.NextAsync());

        client.Off("event").On("event", third).Emit("again");
        Assert.Equal("third", await calls.NextAsync());
        Assert.True(calls.IsEmpty);
    }

    [Theory]
    [InlineData("text", "no Int32")]
    [InlineData(null, "no Int32")]
    [InlineData(1.5, "no Int32")]
    public async Task An_argument_that_does_not_fit_is_told_and_the_handler_is_not_called(object? argument, string problem)
    {
        var errors = new Happenings<Exception>();
        await using var server = await LiveServer.StartAsync(socket => socket.Emit("number", argument));

        await using var client = await server.ConnectAsync(client => client
            .On("number", static (int number) => Assert.Fail($"It was {number}."))
            .OnError(errors.Add));

        var error = Assert.IsType<JsonException>(await errors.NextAsync());
        Assert.Contains("'number' (number 0)", error.Message);
        Assert.Contains(problem, error.Message);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task An_argument_that_is_missing_is_told()
    {
        var errors = new Happenings<Exception>();
        await using var server = await LiveServer.StartAsync(static socket => socket.Emit("number"));

        await using var client = await server.ConnectAsync(client => client.On("number", static (int number) => { }).OnError(errors.Add));

        Assert.Contains("missing", (await errors.NextAsync()).Message);
    }

    [Fact]
    public async Task What_handlers_throw_is_told_and_the_connection_goes_on()
    {
        var errors = new Happenings<Exception>();
        await using var server = await LiveServer.StartAsync(static socket => socket.Emit("event"));

        await using var client = await server.ConnectAsync(client => client
            .On("event", static void () => throw new InvalidDataException("at once"))
            .On("event", static async Task () =>
            {
                await Task.Yield();
                throw new InvalidDataException("later");
            })
            .OnError(errors.Add));

        Assert.Equal("at once", Assert.IsType<InvalidDataException>(await errors.NextAsync()).Message);
        Assert.Equal("later", Assert.IsType<InvalidDataException>(await errors.NextAsync()).Message);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task JSON_follows_the_options()
    {
        var received = new Happenings<Point>();
        await using var server = await LiveServer.StartAsync(static socket => socket.On("point", (JsonElement point) =>
        {
            Assert.Equal("""{"X":1}""", point.GetRawText());
            socket.Emit("point", point);
        }));
        await using var client = await server.ConnectAsync(
            client => client.On("point", received.Add),
            new SocketIOClientOptions { SerializerOptions = new JsonSerializerOptions() });

        client.Emit("point", new Point(1));

        Assert.Equal(new Point(1), await received.NextAsync());
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("disconnect")]
    [InlineData("connect_error")]
    public void Reserved_names_are_no_events(string name)
    {
        var client = new SocketIOClient("http://localhost");

        Assert.Throws<ArgumentException>(() => client.On(name, static () => { }));
        Assert.Throws<ArgumentException>(() => client.Emit(name));
    }

    [Fact]
    public void A_parameter_that_nothing_could_be_given_to_is_refused() =>
        Assert.Throws<ArgumentException>(() => new SocketIOClient("http://localhost").On("event", static (ref int number) => { }));

    private sealed record Point(double X);
}
