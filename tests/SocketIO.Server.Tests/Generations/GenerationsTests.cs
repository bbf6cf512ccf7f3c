using System.Net;
using System.Text.Json;

namespace SocketIO.Server.Tests;

/// <summary>Several generations on one endpoint, and those that are not let in.</summary>
public sealed class GenerationsTests
{
    [Theory]
    [InlineData(Generations.Current, "EIO=3&transport=polling")]
    [InlineData(Generations.Current, "transport=polling")]
    [InlineData(Generations.EngineIO3, "EIO=4&transport=polling")]
    [InlineData(Generations.Version09, "EIO=4&transport=polling")]
    [InlineData(Generations.Version09, "EIO=3&transport=polling")]
    public async Task A_generation_of_Engine_IO_that_is_off_is_told_so(Generations on, string query)
    {
        await using var node = await StartAsync(on);
        using var http = node.CreateHttpClient();
        using var answer = await http.GetAsync("/socket.io/?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("""{"code":5,"message":"Unsupported protocol version"}""", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("1/?t=1404", 500, "text/plain", "Protocol version not supported.")]
    [InlineData("1", 500, "text/plain", "Protocol version not supported.")]
    [InlineData("2/?t=1404", 500, "text/plain", "Protocol version not supported.")]
    [InlineData("1/?t=1404&jsonp=3", 200, "application/javascript", """io.j[3](new Error("Protocol version not supported."));""")]
    [InlineData("1/?t=1404&jsonp=alert(1)", 500, "text/plain", "Protocol version not supported.")]
    public async Task Clients_0_7_to_0_9_are_refused_in_words_that_they_give_to_the_application(string path, int status, string contentType, string body)
    {
        await using var node = await StartAsync(Generations.Current | Generations.Version06);
        using var http = node.CreateHttpClient();
        using var answer = await http.GetAsync("/socket.io/" + path);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(contentType, answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Theory]
    [InlineData("xhr-polling//123")]
    [InlineData("xhr-polling")]
    [InlineData("jsonp-polling//123/0")]
    [InlineData("htmlfile//123")]
    [InlineData("xhr-multipart/")]
    [InlineData("websocket")]
    [InlineData("flashsocket")]
    [InlineData("server-events")]
    public async Task Clients_before_0_7_are_refused_by_a_status_and_the_end_of_the_connection(string path)
    {
        await using var node = await StartAsync(Generations.Current | Generations.Version09);
        using var http = node.CreateHttpClient();
        using var answer = await http.GetAsync("/socket.io/" + path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True(answer.Headers.ConnectionClose);
        Assert.Equal("", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_application_hears_of_each_that_is_refused()
    {
        await using var node = await StartAsync(Generations.Current | Generations.Version09);
        var refused = new List<int>();
        node.Io.Engine.ConnectionError += error => refused.Add(error.Code);
        using var http = node.CreateHttpClient();
        foreach (var path in new[] { "?EIO=3&transport=polling", "2/", "websocket" })
        {
            using var answer = await http.GetAsync("/socket.io/" + path);
        }

        Assert.Equal([5, 5, 5], refused);
    }

    [Fact]
    public async Task Everybody_in_a_room_hears_what_is_sent_to_it_whatever_the_generation()
    {
        await using var node = await StartAsync(Generations.Current | Generations.EngineIO3);
        node.Io.OnConnection(static async socket => await socket.JoinAsync("room"));
        var current = await node.ConnectAsync();
        using var text = await OldPolling.OpenAsync(node);
        using var binary = await OldPolling.OpenAsync(node, "EIO=3&transport=polling");
        using var webSocket = await OldWebSocket.OpenAsync(node);
        using var base64 = await OldWebSocket.OpenAsync(node, "EIO=2&transport=websocket&b64=1");
        foreach (var socket in new[] { webSocket, base64 })
        {
            await socket.ReceiveAsync();
            Assert.Equal("40", await socket.ReceiveAsync());
        }

        node.Io.To("room").Emit("news", "é", new byte[] { 1, 2, 3 });
        var heard = await current.NextAsync("news");
        Assert.Equal("é", heard.Text(0));
        const string Packet = """451-["news","\u00e9",{"_placeholder":true,"num":0}]""";
        Assert.Equal([Packet, "b4AQID"], await text.PollAsync());
        Assert.Equal([0, 5, 1, 0xff, .. System.Text.Encoding.ASCII.GetBytes(Packet), 1, 4, 0xff, 4, 1, 2, 3], await (await binary.GetAsync()).Content.ReadAsByteArrayAsync());
        Assert.Equal(Packet, await webSocket.ReceiveAsync());
        Assert.Equal("04010203", await webSocket.ReceiveAsync());
        Assert.Equal(Packet, await base64.ReceiveAsync());
        Assert.Equal("b4AQID", await base64.ReceiveAsync());
    }

    [Fact]
    public async Task A_broadcast_with_answers_gathers_those_of_all_generations()
    {
        await using var node = await StartAsync(Generations.Current | Generations.EngineIO3);
        var current = await node.ConnectAsync();
        current.Answer = static received => received.Name == "question" ? [1] : null;
        using var old = await OldWebSocket.OpenAsync(node);
        await old.ReceiveAsync();
        Assert.Equal("40", await old.ReceiveAsync());
        var answers = node.Io.Timeout(TimeSpan.FromSeconds(20)).EmitWithAckAsync<int>("question");
        Assert.Equal("""420["question"]""", await old.ReceiveAsync());
        await old.SendAsync("430[2]");
        Assert.Equal([1, 2], (await answers).Order());
    }

    [Fact]
    public async Task The_applications_own_parser_is_for_the_current_generation_alone()
    {
        await using var node = await Node.StartAsync(static options =>
        {
            options.Generations = Generations.Current | Generations.EngineIO3;
            options.Parser = Protocol.PacketParser.MessagePack;
        });
        node.Io.OnConnection(static socket => socket.On("sum", static (int a, int b) => a + b));
        using var client = await OldPolling.OpenAsync(node);
        await client.SendAsync("""420["sum",19,23]""");
        Assert.Equal(["430[42]"], await client.PollAsync());
    }

    [Fact]
    public async Task Where_sockets_can_be_recovered_old_clients_get_events_without_the_offset_that_means_nothing_to_them()
    {
        await using var node = await Node.StartAsync(static options =>
        {
            options.Generations = Generations.Current | Generations.EngineIO3;
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
        });
        var current = await node.ConnectAsync();
        using var old = await OldPolling.OpenAsync(node, "EIO=3&transport=polling&b64=1&pid=x&offset=y");
        node.Io.Emit("news", 1);
        Assert.Equal(2, (await current.NextAsync("news")).Args.Length);
        Assert.Equal(["""42["news",1]"""], await old.PollAsync());
        node.Io.Sockets.Sockets[old.Id].Emit("you", 2);
        Assert.Equal(["""42["you",2]"""], await old.PollAsync());
    }

    [Fact]
    public async Task A_session_of_one_generation_is_served_in_its_own_way_whatever_a_request_claims()
    {
        await using var node = await StartAsync(Generations.Current | Generations.EngineIO3);
        using var old = await OldPolling.OpenAsync(node);
        using var http = node.CreateHttpClient();
        node.Io.Emit("news");
        Assert.Equal("""10:42["news"]""", await http.GetStringAsync($"/socket.io/?EIO=4&transport=polling&sid={old.Id}"));
    }

    private static Task<Node> StartAsync(Generations generations) => Node.StartAsync(options => options.Generations = generations);
}
