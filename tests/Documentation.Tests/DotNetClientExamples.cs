// docs: dotnet-client
using SocketIO.Client;

// end
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class DotNetClientExamples
{
    [Fact]
    public async Task A_client_sends_asks_and_answers()
    {
        var greeted = new TaskCompletionSource<string>();
        await using var server = await ExampleServer.StartAsync(io => io.Of("/chat").OnConnection(socket =>
        {
            socket.On("sum", (int a, int b) => a + b);
            socket.On("say", async (string text) =>
            {
                var name = await socket.EmitWithAckAsync<string>("name?");
                socket.Emit("said", $"{name}: {text}", socket.Handshake.Auth.GetProperty("token").GetString());
            });
            socket.On("upload", (byte[] bytes) => bytes.Length);
        }));
        var url = server.Url;
        var token = "secret";
        var cancellationToken = CancellationToken.None;

        // docs: dotnet-client
        await using var client = new SocketIOClient(url + "/chat", new SocketIOClientOptions { Auth = new { token } });
        client.On("said", (string line, string shown) => greeted.SetResult(line + " with " + shown));
        client.On("name?", () => "Ada");   // what a handler returns is the answer
        client.OnDisconnect(end => Console.WriteLine($"{end.Reason} {end.Detail}"));
        await client.ConnectAsync(cancellationToken);

        client.Emit("say", "hello");
        var sum = await client.EmitWithAckAsync<int>("sum", 1, 2);
        var length = await client.Timeout(TimeSpan.FromSeconds(5)).WithCancellation(cancellationToken).EmitWithAckAsync<int>("upload", new byte[] { 1, 2, 3 });
        // end

        Assert.Equal((3, 3), (sum, length));
        Assert.Equal("Ada: hello with secret", await greeted.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_client_speaks_to_a_server_of_2010()
    {
        var texts = new TaskCompletionSource<string>();
        await using var server = await ExampleServer.StartAsync(
            io => io.OnConnection(socket => socket.On("message", (string text) => socket.Send(text + "!"))),
            options => options.Generations |= Generations.Version06);
        var url = server.Url;

        // docs: dotnet-client-old
        await using var client = new SocketIOClient(url, new SocketIOClientOptions
        {
            Protocol = ClientProtocol.Version06,
            ConfigureWebSocket = socket => socket.SetRequestHeader("Origin", "http://example.com"),
        });
        client.OnMessage((string text) => texts.SetResult(text));
        await client.ConnectAsync();
        client.Send("hello");
        // end

        Assert.Equal("hello!", await texts.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_client_connects_again()
    {
        var connected = 0;
        using var stop = new CancellationTokenSource();
        await using var server = await ExampleServer.StartAsync(io => io.OnConnection(socket =>
        {
            if (Interlocked.Increment(ref connected) == 3)
            {
                stop.Cancel();
            }

            socket.Disconnect();
        }));
        await using var client = new SocketIOClient(server.Url);
        var pause = TimeSpan.FromMilliseconds(1);
        var stopping = stop.Token;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            // docs: dotnet-client-again
            while (true)
            {
                try
                {
                    await client.ConnectAsync(stopping);
                    var end = await client.Completion.WaitAsync(stopping);
                    Console.WriteLine($"lost: {end.Reason}");
                }
                catch (ConnectException e)
                {
                    Console.WriteLine(e.Message);
                }

                await Task.Delay(pause, stopping);
            }
            // end
        });

        Assert.Equal(3, connected);
    }
}
