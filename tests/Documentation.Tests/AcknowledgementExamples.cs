using SocketIO.Server;

namespace Documentation.Tests;

public sealed class AcknowledgementExamples
{
    [Fact]
    public async Task What_a_handler_returns_is_the_answer()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: acknowledgements-answer
            io.OnConnection(socket =>
            {
                socket.On("half", (double number) => number / 2);
                socket.On("divide", (int a, int b, Ack ack) => ack.Send(a / b, a % b));   // two values
                socket.On("save", async (string text, Ack ack) =>
                {
                    ack.Send("saving");   // answered once; the rest goes on
                    await Task.Yield();
                    socket.Emit("saved", text.Length);
                });
            });
            // end
        });
        await using var client = await server.ConnectAsync();
        Assert.Equal(2.5, await client.EmitWithAckAsync<double>("half", 5));
        var answer = await client.EmitWithAckAsync("divide", 7, 2);
        Assert.Equal((3, 1), (answer.Get<int>(0), answer.Get<int>(1)));
        Assert.Equal("saving", await client.EmitWithAckAsync<string>("save", "text"));
        Assert.Equal(4, (await client.NextAsync("saved")).Get<int>());
    }

    [Fact]
    public async Task The_server_asks_a_client()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: acknowledgements-ask
            io.OnConnection(socket => socket.On("start", async () =>
            {
                try
                {
                    var name = await socket.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<string>("name?");
                    return $"Hello, {name}";
                }
                catch (AckTimeoutException)
                {
                    return "no answer within 5 s";
                }
                catch (SocketDisconnectedException)
                {
                    return "gone before it answered";
                }
            }));
            // end
        });
        await using var client = (await server.ConnectAsync()).Answer("name?", static _ => "Ada");
        Assert.Equal("Hello, Ada", await client.EmitWithAckAsync<string>("start"));
    }

    [Fact]
    public async Task Waiting_can_be_given_up()
    {
        await using var server = await ExampleServer.StartAsync(io => io.OnConnection(socket => socket.On("start", async () =>
        {
            using var giveUp = new CancellationTokenSource();
            giveUp.CancelAfter(TimeSpan.FromMilliseconds(50));
            try
            {
                // docs: acknowledgements-cancel
                var answer = await socket.Timeout(TimeSpan.FromMinutes(5)).WithCancellation(giveUp.Token).EmitWithAckAsync("details");
                return answer.Get<string>(0);
                // end
            }
            catch (OperationCanceledException)
            {
                return "given up";
            }
        })));
        await using var client = await server.ConnectAsync();
        Assert.Equal("given up", await client.EmitWithAckAsync<string>("start"));
    }
}
