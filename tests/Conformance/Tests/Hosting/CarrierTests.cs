using System.Net.WebSockets;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>The WebSocket transport behaves alike over everything that can carry it.</summary>
public class CarrierTests
{
    public static TheoryData<Carrier> Carriers { get; } = new(Enum.GetValues<Carrier>());

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task Events_acknowledgements_and_binary_come_back(Carrier carrier)
    {
        await using var host = await CarrierHost.StartAsync(carrier, static io => io.OnConnection(Serve));
        using var client = await host.ConnectAsync();
        await client.JoinAsync();

        await client.SendTextAsync("42[\"echo\",\"é 😀\"]");
        Assert.Equal("42[\"echo\",\"é 😀\"]", await client.ReceiveTextAsync());

        await client.SendTextAsync("427[\"sum\",1,2]");
        Assert.Equal("437[3]", await client.ReceiveTextAsync());

        byte[] data = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)i)];
        await client.SendTextAsync("""451-["echo",{"_placeholder":true,"num":0}]""");
        await client.SendBinaryAsync(data);
        Assert.Equal("""451-["echo",{"_placeholder":true,"num":0}]""", await client.ReceiveTextAsync());
        Assert.Equal(data, await client.ReceiveBinaryAsync());
    }

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task Many_messages_keep_their_order(Carrier carrier)
    {
        await using var host = await CarrierHost.StartAsync(carrier, static io => io.OnConnection(static socket => socket.On("count", (int n) =>
        {
            for (var i = 0; i < n; i++)
            {
                socket.Emit("tick", i, new string('x', i));
            }
        })));
        using var client = await host.ConnectAsync();
        await client.JoinAsync();

        await client.SendTextAsync("42[\"count\",500]");

        for (var i = 0; i < 500; i++)
        {
            Assert.Equal($"42[\"tick\",{i},\"{new string('x', i)}\"]", await client.ReceiveTextAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task The_server_can_disconnect_the_client(Carrier carrier)
    {
        var ends = new Recorder<string>();
        await using var host = await CarrierHost.StartAsync(carrier, io => io.OnConnection(socket =>
        {
            socket.OnDisconnect(end => ends.Add(end.Reason));
            socket.On("leave", () => { socket.Disconnect(close: true); });
        }));
        using var client = await host.ConnectAsync();
        await client.JoinAsync();

        await client.SendTextAsync("42[\"leave\"]");

        Assert.Equal("41", await client.ReceiveTextAsync());
        await client.ExpectCloseAsync();
        Assert.Equal(CloseReasons.ServerNamespaceDisconnect, await ends.NextAsync());
    }

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task The_client_can_close(Carrier carrier)
    {
        var ends = new Recorder<string>();
        await using var host = await CarrierHost.StartAsync(carrier, io => io.OnConnection(socket => socket.OnDisconnect(end => ends.Add(end.Reason))));
        using var client = await host.ConnectAsync();
        await client.JoinAsync();

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default).Soon();

        Assert.Equal(WebSocketState.Closed, client.State);
        Assert.Equal(CloseReasons.TransportClose, await ends.NextAsync());
    }

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task A_client_that_vanishes_is_noticed(Carrier carrier)
    {
        var ends = new Recorder<string>();
        await using var host = await CarrierHost.StartAsync(carrier, io => io.OnConnection(socket => socket.OnDisconnect(end => ends.Add(end.Reason))));
        using var client = await host.ConnectAsync();
        await client.JoinAsync();

        client.Abort();

        Assert.Equal(CloseReasons.TransportClose, await ends.NextAsync());
    }

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task A_message_above_the_limit_closes_with_1009(Carrier carrier)
    {
        var ends = new Recorder<string>();
        await using var host = await CarrierHost.StartAsync(carrier, io => io.OnConnection(socket => socket.OnDisconnect(end => ends.Add(end.Reason))));
        using var client = await host.ConnectAsync();
        await client.JoinAsync();

        await client.SendTextAsync(new string('4', 1_000_001));

        await client.ExpectCloseAsync();
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, client.CloseStatus);
        Assert.Equal(CloseReasons.TransportError, await ends.NextAsync());
    }

    [Theory]
    [InlineData(Carrier.HandedOff, true)]
    [InlineData(Carrier.TlsHandedOff, true)]
    [InlineData(Carrier.Stream, false)]
    [InlineData(Carrier.TlsStream, false)]
    [InlineData(Carrier.Http2, false)]
    [InlineData(Carrier.TlsHttp2, false)]
    [InlineData(Carrier.InMemory, false)]
    public async Task A_connection_that_is_handed_over_outlives_its_request(Carrier carrier, bool outlives)
    {
        await using var host = await CarrierHost.StartAsync(carrier, static io => io.OnConnection(Serve));
        using var client = await host.ConnectAsync();
        await client.JoinAsync();

        if (outlives)
        {
            await host.EndedRequests.NextAsync();
        }

        await client.SendTextAsync("42[\"echo\",1]");
        Assert.Equal("42[\"echo\",1]", await client.ReceiveTextAsync());
        Assert.True(host.EndedRequests.IsEmpty);
    }

    private static void Serve(Socket socket)
    {
        socket.On("echo", (EventArguments args) => socket.Emit("echo", args.ToArray()));
        socket.On("sum", (int a, int b) => a + b);
    }
}
