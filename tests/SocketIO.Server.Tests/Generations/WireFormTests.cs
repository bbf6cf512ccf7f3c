using Microsoft.Extensions.DependencyInjection;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>One encoding for each wire form, and what is not sent to those who have no form for it.</summary>
public sealed class WireFormTests : IAsyncLifetime
{
    private readonly TestDialect _dialect = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().AddSocketIO().Services.BuildServiceProvider();
    private readonly List<InMemoryClient> _old = [];
    private InMemoryClient _current = null!;

    private SocketIOServer Io => _services.GetRequiredService<SocketIOServer>();

    public async Task InitializeAsync()
    {
        _current = await InMemoryClient.ConnectAsync(Io);
        for (var i = 0; i < 3; i++)
        {
            _old.Add(await InMemoryClient.ConnectAsync(Io, _dialect));
        }
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task A_broadcast_is_encoded_and_framed_once_for_all_clients_of_a_form()
    {
        var (encoded, framed) = (_dialect.Encoded, _dialect.Framed);
        Io.Emit("news", 1);
        foreach (var client in _old.Append(_current))
        {
            await ExpectAsync(client, """42["news",1]""");
        }

        Assert.Equal((encoded + 1, framed + 1), (_dialect.Encoded, _dialect.Framed));
    }

    [Fact]
    public async Task A_broadcast_passes_over_who_has_no_form_for_it()
    {
        Io.Emit("picture", new byte[] { 1 });
        Io.Emit("next");
        await ExpectAsync(_current, "picture");
        foreach (var client in _old)
        {
            Assert.DoesNotContain("picture", await ExpectAsync(client, """42["next"]"""), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_broadcast_with_answers_asks_those_alone_who_can_answer()
    {
        var answers = Io.Timeout(TimeSpan.FromSeconds(20)).EmitWithAckAsync<int>("question");
        await ExpectAsync(_current, """420["question"]""");
        _current.Send(InMemoryClient.Frame("430[7]"));
        Assert.Equal([7], await Patience.Within(answers));
    }

    [Fact]
    public void What_is_sent_to_one_client_that_has_no_form_for_it_fails_and_says_why()
    {
        var socket = Io.Sockets.Sockets.Values.First(socket => socket.Connection.Dialect == _dialect);
        var told = 0;
        socket.OnAnyOutgoing(_ => told++);
        var binary = Assert.Throws<PacketNotSupportedException>(() => socket.Emit("picture", new byte[] { 1 }));
        Assert.Equal("Clients of a test have no acknowledgements and no binary values.", binary.Message);
        Assert.Equal(0, told);
        socket.Emit("text", "is fine");
        Assert.Equal(1, told);
    }

    [Fact]
    public async Task A_question_that_cannot_be_asked_is_not_waited_for()
    {
        var socket = Io.Sockets.Sockets.Values.First(socket => socket.Connection.Dialect == _dialect);
        await Assert.ThrowsAsync<PacketNotSupportedException>(() => socket.EmitWithAckAsync<int>("question"));
        await Assert.ThrowsAsync<PacketNotSupportedException>(() => socket.Timeout(TimeSpan.FromSeconds(20)).EmitWithAckAsync<int>("question"));
    }

    // Broadcasts are flushed by the pool.
    private static async Task<string> ExpectAsync(InMemoryClient client, string text)
    {
        var received = "";
        await Patience.Until(() => (received += client.ReceiveText()).Contains(text, StringComparison.Ordinal));
        return received;
    }
}
