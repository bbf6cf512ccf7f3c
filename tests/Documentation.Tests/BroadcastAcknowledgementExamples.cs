using SocketIO.Server;

namespace Documentation.Tests;

public sealed class BroadcastAcknowledgementExamples
{
    [Fact]
    public async Task Everybody_in_a_room_is_asked()
    {
        await using var server = await ExampleServer.StartAsync(io => io.OnConnection(async socket =>
        {
            await socket.JoinAsync("voters");

            // docs: broadcast-acknowledgements
            socket.On("vote", async (string question) =>
            {
                try
                {
                    var votes = await io.To("voters").Timeout(TimeSpan.FromSeconds(2)).EmitWithAckAsync<string>("vote", question);
                    return $"{votes.Count} votes, {votes.Count(vote => vote == "yes")} yes";
                }
                catch (AckTimeoutException<string> e)
                {
                    return $"only {e.Responses.Count} have answered";
                }
            });
            // end
        }));
        await using var ada = (await server.ConnectAndWaitAsync()).Answer("vote", static _ => "yes");
        await using var grace = (await server.ConnectAndWaitAsync()).Answer("vote", static _ => "no");
        Assert.Equal("2 votes, 1 yes", await ada.EmitWithAckAsync<string>("vote", "tea?"));
        await using var silent = await server.ConnectAndWaitAsync();
        Assert.Equal("only 2 have answered", await ada.EmitWithAckAsync<string>("vote", "tea?"));
    }
}
