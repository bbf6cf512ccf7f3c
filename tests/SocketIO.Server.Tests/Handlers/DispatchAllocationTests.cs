using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

public class DispatchAllocationTests
{
    [Fact]
    public async Task An_event_for_a_typed_handler_of_primitives_and_its_answer_allocate_nothing()
    {
        Assert.Equal(0, await MeasureAsync("""420["add",19,23]""", "430[42]", socket => socket.On("add", (int a, int b) => a + b)));
    }

    [Fact]
    public async Task Other_primitives_allocate_nothing_either()
    {
        Assert.Equal(0, await MeasureAsync(
            """421["mean",9007199254740991,0.5,true]""",
            "431[4503599627370495.5]",
            socket => socket.On("mean", (long a, double b, bool halve) => halve ? a * b : b)));
    }

    [Fact]
    public async Task An_event_that_nobody_handles_allocates_nothing()
    {
        Assert.Equal(0, await MeasureAsync("""42["nobody",1]""", "", socket => socket.On("add", (int a, int b) => a + b)));
    }

    [Fact]
    public async Task What_a_handler_allocates_itself_is_seen_by_this_measure()
    {
        Assert.NotEqual(0, await MeasureAsync("""422["box",7]""", "432[7]", socket => socket.On("box", (int a) => new int[] { a }[0])));
    }

    private static async Task<long> MeasureAsync(string packet, string answer, Action<Socket> register)
    {
        await using var services = new ServiceCollection().AddLogging().AddSocketIO().Services.BuildServiceProvider();
        var server = services.GetRequiredService<SocketIOServer>();
        server.OnConnection(register);
        var client = await InMemoryClient.ConnectAsync(server);
        var frame = InMemoryClient.Frame(packet);
        client.Send(frame);
        Assert.EndsWith(answer, client.ReceiveText(), StringComparison.Ordinal);

        return Allocation.Least(() =>
        {
            client.Send(frame);
            client.Receive();
        });
    }
}
