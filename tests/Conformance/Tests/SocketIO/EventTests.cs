using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>"Sending and receiving data" and "Acknowledgement" of the protocol, byte for byte.</summary>
public class EventTests
{
    [Theory]
    [InlineData("/", "")]
    [InlineData("/other", "/other,")]
    public async Task Binary_travels_as_attachments_after_its_header(string ns, string prefix)
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host, ns);

        await client.SendAsync($$"""452-{{prefix}}["echo",{"_placeholder":true,"num":0},{"a":[{"_placeholder":true,"num":1}]},"b"]""");
        await client.SendAsync([1, 2]);
        await client.SendAsync([]);

        Assert.Equal($$"""452-{{prefix}}["echo",{"_placeholder":true,"num":0},{"a":[{"_placeholder":true,"num":1}]},"b"]""", await client.ReceiveTextAsync());
        Assert.Equal([1, 2], await client.ReceiveBinaryAsync());
        Assert.Empty(await client.ReceiveBinaryAsync());
    }

    [Fact]
    public async Task A_binary_event_with_an_id_is_acknowledged_in_binary()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);

        await client.SendAsync("""451-15["echo-ack",{"_placeholder":true,"num":0}]""");
        await client.SendAsync([1, 2, 3, 4]);

        Assert.Equal("""461-15[{"_placeholder":true,"num":0}]""", await client.ReceiveTextAsync());
        Assert.Equal([1, 2, 3, 4], await client.ReceiveBinaryAsync());
    }

    [Fact]
    public async Task Binary_travels_as_base64_over_polling()
    {
        await using var server = await WitnessedServer.StartAsync();
        var client = await PollingSession.JoinAsync(server.Host);

        await client.PostAsync("""451-["echo",{"_placeholder":true,"num":0}]""", "bAQIDBA==");

        Assert.Equal(
            string.Join(PollingSession.Separator, """451-["echo",{"_placeholder":true,"num":0}]""", "bAQIDBA=="),
            await client.PollAsync());
    }

    [Fact]
    public async Task Ten_attachments_are_accepted()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);
        var header = $"4510-[\"echo\",{string.Join(',', Enumerable.Range(0, 10).Select(static i => $"{{\"_placeholder\":true,\"num\":{i}}}"))}]";

        await client.SendAsync(header);
        for (byte i = 0; i < 10; i++)
        {
            await client.SendAsync([i]);
        }

        Assert.Equal(header, await client.ReceiveTextAsync());
        for (byte i = 0; i < 10; i++)
        {
            Assert.Equal([i], await client.ReceiveBinaryAsync());
        }
    }

    [Fact]
    public async Task The_servers_questions_are_numbered_from_zero_in_each_namespace()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);
        await RawSession.JoinAsync(client, "/other");
        var main = await server.Connected.NextAsync();
        var other = await server.Connected.NextAsync();

        var first = main.EmitWithAckAsync<string>("q");
        Assert.Equal("420[\"q\"]", await client.ReceiveTextAsync());
        var second = main.EmitWithAckAsync<byte[]>("q");
        Assert.Equal("421[\"q\"]", await client.ReceiveTextAsync());
        var third = other.EmitWithAckAsync("q");
        Assert.Equal("42/other,0[\"q\"]", await client.ReceiveTextAsync());

        await client.SendAsync("43/other,0[]");
        await client.SendAsync("""461-1[{"_placeholder":true,"num":0}]""");
        await client.SendAsync([9]);
        await client.SendAsync("430[\"answer\",\"more\"]");

        Assert.Equal("answer", await first.Soon());
        Assert.Equal([9], await second.Soon());
        Assert.Equal(0, (await third.Soon()).Count);
    }

    [Fact]
    public async Task A_question_that_nobody_answers_times_out()
    {
        var time = new ManualTimeProvider();
        await using var server = await WitnessedServer.StartAsync(time: time);
        await using var client = await RawSession.JoinAsync(server.Host);
        var socket = await server.Connected.NextAsync();

        var answer = socket.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<string>("q");
        Assert.Equal("420[\"q\"]", await client.ReceiveTextAsync());
        time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal("operation has timed out", (await Assert.ThrowsAsync<AckTimeoutException>(() => answer.Soon())).Message);
        await client.SendAsync("430[\"late\"]");
        await client.SendAsync("42[\"echo\"]");
        Assert.Equal("42[\"echo\"]", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task An_acknowledgement_is_sent_once()
    {
        await using var host = await TestServerHost.StartSocketIOAsync(map: io => io.OnConnection(socket => socket.On("twice", (Ack ack) =>
        {
            ack.Send(1);
            ack.Send(2);
            socket.Emit("done");
        })));
        await using var client = await RawSession.JoinAsync(host);

        await client.SendAsync("420[\"twice\"]");

        Assert.Equal("430[1]", await client.ReceiveTextAsync());
        Assert.Equal("42[\"done\"]", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    public async Task Reserved_names_cannot_be_sent(string name)
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);
        var socket = await server.Connected.NextAsync();

        Assert.Throws<ArgumentException>(() => socket.Emit(name));
        Assert.Throws<ArgumentException>(() => server.Host.IO.Emit(name));
        Assert.Throws<ArgumentException>(() => socket.On(name, () => { }));
    }

    [Fact]
    public async Task Events_of_one_client_are_handled_in_the_order_of_their_arrival()
    {
        await using var server = await WitnessedServer.StartAsync();
        var client = await PollingSession.JoinAsync(server.Host);
        var packets = Enumerable.Range(0, 200).Select(static i => $"42[\"echo\",{i}]").ToArray();

        await client.PostAsync(packets);

        Assert.Equal(string.Join(PollingSession.Separator, packets), await client.PollAsync());
    }
}
