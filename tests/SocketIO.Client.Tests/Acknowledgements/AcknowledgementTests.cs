using SocketIO.Server;

namespace SocketIO.Client.Tests;

public class AcknowledgementTests
{
    [Fact]
    public async Task The_server_answers_the_client()
    {
        await using var server = await LiveServer.StartAsync(static socket =>
        {
            socket.On("sum", static (int a, int b) => a + b);
            socket.On("divide", static (int a, int b, Ack ack) => ack.Send(a / b, a % b));
            socket.On("nothing", static (Ack ack) => ack.Send());
        });
        await using var client = await server.ConnectAsync();

        Assert.Equal(3, await Patience.Within(client.EmitWithAckAsync<int>("sum", 1, 2)));
        var answer = await Patience.Within(client.EmitWithAckAsync("divide", 7, 2));
        Assert.Equal((2, 3, 1), (answer.Count, answer.Get<int>(0), answer.Get<int>(1)));
        Assert.Null(await Patience.Within(client.EmitWithAckAsync<string>("nothing")));
    }

    public static TheoryData<string, Delegate> Answers { get; } = new()
    {
        { "a value", static string (string text) => text + "!" },
        { "a task", static async Task<string> (string text) => { await Task.Yield(); return text + "!"; } },
        { "a value task", static async ValueTask<string> (string text) => { await Task.Yield(); return text + "!"; } },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task The_client_answers_the_server_with_what_its_handler_gives(string kind, Delegate handler)
    {
        Assert.NotEmpty(kind);
        await using var server = await LiveServer.StartAsync(static socket =>
            socket.On("start", () => socket.EmitWithAckAsync<string>("question", "hi")));
        await using var client = await server.ConnectAsync(client => client.On("question", handler));

        Assert.Equal("hi!", await Patience.Within(client.EmitWithAckAsync<string>("start")));
    }

    [Fact]
    public async Task A_handler_may_wait_for_an_answer_of_the_server()
    {
        await using var server = await LiveServer.StartAsync(static socket =>
        {
            socket.On("start", () => socket.EmitWithAckAsync<int>("question", 20));
            socket.On("increment", static (int number) => number + 1);
        });
        await using var client = await server.ConnectAsync(static client =>
            client.On("question", async (int number) => 2 * await client.EmitWithAckAsync<int>("increment", number)));

        Assert.Equal(42, await Patience.Within(client.EmitWithAckAsync<int>("start")));
    }

    [Fact]
    public async Task An_event_is_answered_once()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(handlers: static client => client
            .On("question", static void () => { })
            .On("question", static () => 1)
            .On("question", static () => 2)
            .On("end", static () => "end"));

        await connection.SendAsync("427[\"question\"]");
        await connection.SendAsync("42[\"question\"]");
        await connection.SendAsync("428[\"end\"]");

        Assert.Equal("437[1]", await connection.ReceiveAsync());
        Assert.Equal("438[\"end\"]", await connection.ReceiveAsync());
        connection.Abort();
        await Patience.Within(client.Completion);
    }

    [Theory]
    [InlineData(null, 30)]
    [InlineData(5, 5)]
    public async Task An_answer_that_does_not_come_is_not_waited_for_without_end(int? timeout, int seconds)
    {
        var time = new ManualTimeProvider();
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(new SocketIOClientOptions { TimeProvider = time });
        var answer = timeout is { } given
            ? client.Timeout(TimeSpan.FromSeconds(given)).EmitWithAckAsync<string>("question")
            : client.EmitWithAckAsync<string>("question");
        Assert.Equal("420[\"question\"]", await connection.ReceiveAsync());

        time.Advance(TimeSpan.FromSeconds(seconds));

        var error = await Assert.ThrowsAsync<TimeoutException>(() => Patience.Within(answer));
        Assert.Contains("\"question\"", error.Message);
        // The late answer goes nowhere.
        await connection.SendAsync("430[\"late\"]");
        await connection.SendAsync("2");
        Assert.Equal("3", await connection.ReceiveAsync());
        connection.Abort();
    }

    [Fact]
    public async Task Waiting_is_given_up_by_a_token()
    {
        using var giveUp = new CancellationTokenSource();
        await using var server = await LiveServer.StartAsync(static socket => socket.On("question", static (Ack _) => { }));
        await using var client = await server.ConnectAsync();
        var answer = client.WithCancellation(giveUp.Token).Timeout(TimeSpan.FromHours(1)).EmitWithAckAsync("question");

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.Within(answer));
    }

    [Fact]
    public async Task The_end_of_the_connection_ends_the_waiting()
    {
        await using var server = await LiveServer.StartAsync(static socket => socket.On("question", (Ack _) => { socket.Disconnect(); }));
        await using var client = await server.ConnectAsync();

        var error = await Assert.ThrowsAsync<NotConnectedException>(() => Patience.Within(client.EmitWithAckAsync("question")));

        Assert.Equal(DisconnectReasons.ServerDisconnect, error.Disconnection!.Reason);
    }
}
