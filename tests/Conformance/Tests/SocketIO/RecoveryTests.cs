using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>Connection state recovery, packet by packet.</summary>
public class RecoveryTests
{
    [Fact]
    public async Task The_answer_to_CONNECT_tells_a_public_and_a_private_id()
    {
        await using var server = await StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host, RawSession.SocketUrl);

        var ids = await RawSession.JoinAsync(client);

        Assert.Equal(20, ids.GetProperty("sid").GetString()!.Length);
        Assert.Equal(20, ids.GetProperty("pid").GetString()!.Length);
    }

    [Fact]
    public async Task Events_carry_an_offset_and_questions_and_volatile_events_do_not()
    {
        await using var server = await StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);
        var socket = await server.Connected.NextAsync();

        socket.Emit("direct", 1);
        Assert.Matches("""^42\["direct",1,"[^"]+"\]$""", await client.ReceiveTextAsync());
        server.Host.IO.Emit("broadcast");
        Assert.Matches("""^42\["broadcast","[^"]+"\]$""", await client.ReceiveTextAsync());
        socket.Volatile.Emit("volatile");
        Assert.Equal("""42["volatile"]""", await client.ReceiveTextAsync());
        _ = socket.EmitWithAckAsync("question");
        Assert.Equal("""420["question"]""", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData(CloseReasons.TransportClose)]
    [InlineData(CloseReasons.TransportError)]
    [InlineData(CloseReasons.ForcedClose)]
    public async Task A_client_that_lost_its_connection_gets_what_it_missed_before_the_answer(string reason)
    {
        await using var server = await StartAsync();
        var (ids, offset) = await LeaveAsync(server, reason);

        server.Host.IO.To("a").Emit("missed", 1);
        server.Host.IO.To("b").Emit("missed", "for others");
        server.Host.IO.Except("a").Emit("missed", "for others");
        server.Host.IO.To("a").Volatile.Emit("missed", "volatile");
        server.Host.IO.Emit("missed", 2, new byte[] { 7 });
        await using var client = await ReturnAsync(server, ids, offset);

        Assert.Matches("""^42\["missed",1,"[^"]+"\]$""", await client.ReceiveTextAsync());
        Assert.Matches("""^451-\["missed",2,\{"_placeholder":true,"num":0\},"[^"]+"\]$""", await client.ReceiveTextAsync());
        Assert.Equal([7], await client.ReceiveBinaryAsync());
        Assert.Equal("40" + ids.GetRawText(), await client.ReceiveTextAsync());
        var socket = await server.Connected.NextAsync();
        Assert.True(socket.Recovered);
        Assert.Equal(ids.GetProperty("sid").GetString(), socket.Id);
        Assert.Contains("a", socket.Rooms);
        Assert.Equal("Ada", socket.Data.Get<string>("name"));
    }

    [Theory]
    [InlineData(CloseReasons.ClientNamespaceDisconnect)]
    [InlineData(CloseReasons.ServerNamespaceDisconnect)]
    public async Task Who_wanted_to_part_or_was_sent_away_begins_anew(string reason)
    {
        await using var server = await StartAsync();
        var (ids, offset) = await LeaveAsync(server, reason);

        await using var client = await ReturnAsync(server, ids, offset);

        await ExpectFreshAsync(server, client, ids);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_offset_or_a_session_that_is_not_known_begins_anew(bool offsetIsKnown)
    {
        await using var server = await StartAsync();
        var (ids, offset) = await LeaveAsync(server, CloseReasons.TransportClose);
        var other = offsetIsKnown ? JsonSerializer.SerializeToElement(new { sid = ids.GetProperty("sid"), pid = new string('a', 20) }) : ids;

        await using var client = await ReturnAsync(server, other, offsetIsKnown ? offset : "unknown");

        await ExpectFreshAsync(server, client, ids);
    }

    [Fact]
    public async Task A_session_is_kept_for_two_minutes()
    {
        var time = new ManualTimeProvider();
        await using var server = await StartAsync(time);
        var (ids, offset) = await LeaveAsync(server, CloseReasons.TransportClose);

        time.Advance(TimeSpan.FromSeconds(121));
        await using var client = await ReturnAsync(server, ids, offset);

        await ExpectFreshAsync(server, client, ids);
    }

    private static Task<WitnessedServer> StartAsync(ManualTimeProvider? time = null) =>
        WitnessedServer.StartAsync(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions(), time);

    private static async Task<(JsonElement Ids, string Offset)> LeaveAsync(WitnessedServer server, string reason)
    {
        await using var client = await RawSession.OpenAsync(server.Host, RawSession.SocketUrl);
        var ids = await RawSession.JoinAsync(client);
        var socket = await server.Connected.NextAsync();
        await socket.JoinAsync("a");
        socket.Data["name"] = "Ada";
        socket.Emit("seen");
        var offset = JsonElement.Parse((await client.ReceiveTextAsync())[2..])[1].GetString()!;
        switch (reason)
        {
            case CloseReasons.TransportClose:
                client.Cut();
                break;
            case CloseReasons.TransportError:
                await client.SendAsync("2");
                break;
            case CloseReasons.ForcedClose:
                socket.Connection.Close();
                break;
            case CloseReasons.ClientNamespaceDisconnect:
                await client.SendAsync("41");
                break;
            default:
                socket.Disconnect();
                break;
        }

        Assert.Equal(reason, (await server.Disconnected.NextAsync()).Reason);
        return (ids, offset);
    }

    private static async Task<RawWebSocket> ReturnAsync(WitnessedServer server, JsonElement ids, string offset)
    {
        var client = await RawSession.OpenAsync(server.Host, RawSession.SocketUrl);
        await client.SendAsync("40" + JsonSerializer.Serialize(new { pid = ids.GetProperty("pid"), offset }));
        return client;
    }

    private static async Task ExpectFreshAsync(WitnessedServer server, RawWebSocket client, JsonElement before)
    {
        var answer = JsonElement.Parse((await client.ReceiveTextAsync())[2..]);
        Assert.NotEqual(before.GetProperty("sid").GetString(), answer.GetProperty("sid").GetString());
        Assert.NotEqual(before.GetProperty("pid").GetString(), answer.GetProperty("pid").GetString());
        var socket = await server.Connected.NextAsync();
        Assert.False(socket.Recovered);
        Assert.Equal([socket.Id], socket.Rooms);
        Assert.Equal(0, socket.Data.Count);
    }
}
