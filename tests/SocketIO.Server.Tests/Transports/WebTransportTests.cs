using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace SocketIO.Server.Tests;

/// <summary>What WebTransport has beyond the contract of all transports: its handshake, its one stream and its session's end.</summary>
public class WebTransportTests
{
    private static readonly TimeSpan UpgradeTimeout = TimeSpan.FromSeconds(10);

    public static TheoryData<string> BadFirstPackets() => new(
        "2probe",
        "40",
        "5",
        "x",
        "0x",
        "0{}",
        "0[]",
        "0null",
        "0\"sid\"",
        """0{"sid":1}""",
        """0{"sid":null}""",
        """0{"sid":"\ud800"}""",
        """0{"sid":"nobody"}""",
        """0{"sid":""}""",
        "0" + new string(' ', 5000));

    [Fact]
    public async Task A_socket_connects_and_exchanges_events_acknowledgements_and_bytes()
    {
        await using var node = await StartNodeAsync();
        node.Io.OnConnection(static socket => socket
            .On("sum", static (int a, int b) => a + b)
            .On("reverse", (byte[] bytes) => { socket.Emit("reversed", bytes.Reverse().ToArray()); }));
        await using var client = await ConnectAsync(node);

        await client.SendAsync("""20["sum",1,2]""");
        Assert.Equal("30[3]", await client.ReceiveTextAsync());

        await client.SendAsync("""51-["reverse",{"_placeholder":true,"num":0}]""");
        await client.SendAsync(new EngineMessage(null, [1, 2, 3]));
        Assert.Equal("""51-["reversed",{"_placeholder":true,"num":0}]""", await client.ReceiveTextAsync());
        Assert.Equal([3, 2, 1], (await client.ReceiveAsync()).Bytes!);
    }

    [Fact]
    public async Task A_broadcast_reaches_clients_of_every_transport()
    {
        await using var node = await StartNodeAsync();
        await using var first = await ConnectAsync(node);
        await using var second = await ConnectAsync(node);
        var third = await node.ConnectAsync();

        node.Io.Emit("news", "hello", new byte[] { 7 }, Array.Empty<byte>());

        foreach (var client in (WebTransportClient[])[first, second])
        {
            Assert.Equal("""52-["news","hello",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""", await client.ReceiveTextAsync());
            Assert.Equal([7], (await client.ReceiveAsync()).Bytes!);
            Assert.Empty((await client.ReceiveAsync()).Bytes!);
        }

        Assert.Equal([7], (await third.NextAsync("news")).Bytes(1));
    }

    [Fact]
    public async Task A_handshake_without_a_request_is_empty_but_secure()
    {
        await using var node = await StartNodeAsync();
        var connected = new TaskCompletionSource<Handshake>(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Io.OnConnection(socket => connected.TrySetResult(socket.Handshake));
        await using var client = await ConnectAsync(node);

        var handshake = await Patience.Within(connected.Task);

        Assert.Empty(handshake.Headers);
        Assert.Empty(handshake.Query);
        Assert.Equal("", handshake.Url);
        Assert.True(handshake.IsSecure);
        Assert.False(handshake.IsCrossDomain);
        Assert.Equal("192.0.2.7", handshake.Address);
    }

    [Fact]
    public async Task Empty_bytes_go_as_base64_because_the_browsers_client_refuses_an_empty_frame()
    {
        await using var host = await StartHostAsync();
        var server = NextConnection(host);
        await using var client = await WebTransportClient.OpenAsync(host.Engine);

        (await server).Send(ReadOnlyMemory<byte>.Empty);

        var (bytes, isBinary) = (await client.ReadAsync())!.Value;
        Assert.Equal("b", Encoding.UTF8.GetString(bytes));
        Assert.False(isBinary);
    }

    [Fact]
    public async Task A_polling_session_moves_over_and_loses_nothing()
    {
        await using var host = await StartHostAsync();
        var connected = NextConnection(host);
        var polling = await PollingClient.OpenAsync(host);
        var server = await connected;
        var upgraded = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Upgraded += name => upgraded.TrySetResult(name);
        await using var client = WebTransportClient.Begin(host.Engine);

        var waiting = polling.PollAsync();
        await client.ProbeAsync(polling.Id);
        while (!server.CurrentTransport.CanWrite)
        {
            await Task.Delay(1);
        }

        host.Time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(["6"], await waiting);
        server.Send("sent in between");
        Assert.Equal("polling", server.Transport);
        await client.SendRawAsync("5");

        Assert.Equal("webtransport", await Patience.Within(upgraded.Task));
        client.StartReading();
        Assert.Equal("sent in between", await client.ReceiveTextAsync());
        server.Send("sent afterwards");
        Assert.Equal("sent afterwards", await client.ReceiveTextAsync());
        Assert.False(client.Session.IsClosed);
    }

    [Theory]
    [MemberData(nameof(BadFirstPackets))]
    public async Task A_session_with_another_first_packet_is_closed(string packet)
    {
        await using var host = await StartHostAsync();
        await using var client = WebTransportClient.Begin(host.Engine);

        await client.SendRawAsync(packet);

        await client.Session.Closed;
        await Patience.Within(client.Serving);
        Assert.Null(await client.ReadAsync());
        Assert.Equal(0, host.Engine.ClientsCount);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("813000")]
    [InlineData("7fffffffffffffffff")]
    public async Task A_session_whose_first_frame_is_none_is_closed(string hex)
    {
        await using var host = await StartHostAsync();
        await using var client = WebTransportClient.Begin(host.Engine);

        await client.SendBytesAsync(Convert.FromHexString(hex));

        await client.Session.Closed;
        await Patience.Within(client.Serving);
        Assert.Equal(0, host.Engine.ClientsCount);
    }

    [Fact]
    public async Task The_first_packet_may_come_in_pieces_and_with_what_follows()
    {
        await using var host = await StartHostAsync();
        var connected = NextConnection(host);
        var polling = await PollingClient.OpenAsync(host);
        var server = await connected;
        await using var client = WebTransportClient.Begin(host.Engine);
        byte[] open = [.. Encoding.UTF8.GetBytes($$"""0{"sid":"{{polling.Id}}"}""")];

        foreach (var next in (byte[])[(byte)open.Length, .. open[..^1]])
        {
            await client.SendBytesAsync([next]);
        }

        await client.SendBytesAsync([open[^1], 6, .. "2probe"u8]);
        Assert.Equal("3probe", Encoding.UTF8.GetString((await client.ReadAsync())!.Value.Bytes));
        Assert.Equal("polling", server.Transport);
    }

    [Fact]
    public async Task A_client_that_opens_no_stream_is_closed_in_time()
    {
        await using var host = await StartHostAsync();
        var session = new MemoryWebTransport();
        var serving = host.Engine.OnWebTransportSessionAsync(session);

        host.Time.Advance(UpgradeTimeout - TimeSpan.FromMilliseconds(1));
        Assert.False(session.IsClosed);
        host.Time.Advance(TimeSpan.FromMilliseconds(1));

        await session.Closed;
        await Patience.Within(serving);
    }

    [Fact]
    public async Task A_client_that_sends_no_packet_is_closed_in_time()
    {
        await using var host = await StartHostAsync();
        await using var client = WebTransportClient.Begin(host.Engine);
        await client.SendBytesAsync([5, (byte)'0']);

        host.Time.Advance(UpgradeTimeout);

        await client.Session.Closed;
        await Patience.Within(client.Serving);
        Assert.Equal(0, host.Engine.ClientsCount);
    }

    [Fact]
    public async Task An_established_session_does_not_end_with_the_time_for_its_handshake()
    {
        await using var host = await StartHostAsync();
        await using var client = await WebTransportClient.OpenAsync(host.Engine);

        host.Time.Advance(UpgradeTimeout * 2);

        Assert.False(client.Session.IsClosed);
        Assert.Equal(1, host.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_client_that_goes_before_its_first_packet_leaves_nothing_behind()
    {
        await using var host = await StartHostAsync();
        await using var client = WebTransportClient.Begin(host.Engine);
        var withoutStream = new MemoryWebTransport();
        var serving = host.Engine.OnWebTransportSessionAsync(withoutStream);

        client.Abort();
        withoutStream.End();

        await Patience.Within(Task.WhenAll(client.Serving, serving));
        Assert.True(client.Session.IsClosed && withoutStream.IsClosed);
    }

    [Fact]
    public async Task An_upgrade_that_is_not_finished_in_time_leaves_the_session_on_polling()
    {
        await using var host = await StartHostAsync();
        var connected = NextConnection(host);
        var polling = await PollingClient.OpenAsync(host);
        var server = await connected;
        await using var client = WebTransportClient.Begin(host.Engine);
        await client.ProbeAsync(polling.Id);
        server.Send("waiting for a poll");

        host.Time.Advance(UpgradeTimeout + TimeSpan.FromMilliseconds(100));

        await client.Session.Closed;
        Assert.Equal(["4waiting for a poll"], await polling.PollAsync());
    }

    [Fact]
    public async Task An_upgrade_that_goes_wrong_ends_at_once_though_the_session_has_messages_waiting()
    {
        await using var host = await StartHostAsync();
        var connected = NextConnection(host);
        var polling = await PollingClient.OpenAsync(host);
        var server = await connected;
        await using var client = WebTransportClient.Begin(host.Engine);
        await client.ProbeAsync(polling.Id);
        server.Send("waiting for a poll");

        await client.SendRawAsync("4not before the upgrade");

        await client.Session.Closed;
        Assert.Equal(["4waiting for a poll"], await polling.PollAsync());
    }

    [Fact]
    public async Task A_session_is_upgraded_once_and_by_one_client()
    {
        await using var host = await StartHostAsync();
        var connected = NextConnection(host);
        var polling = await PollingClient.OpenAsync(host);
        var server = await connected;
        var upgraded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Upgraded += _ => upgraded.TrySetResult();
        await using var client = WebTransportClient.Begin(host.Engine);
        await client.ProbeAsync(polling.Id);

        await using var meanwhile = WebTransportClient.Begin(host.Engine);
        await meanwhile.SendRawAsync($$"""0{"sid":"{{polling.Id}}"}""");
        await meanwhile.Session.Closed;
        await client.SendRawAsync("5");
        await Patience.Within(upgraded.Task);
        await using var afterwards = WebTransportClient.Begin(host.Engine);
        await afterwards.SendRawAsync($$"""0{"sid":"{{polling.Id}}"}""");
        await afterwards.Session.Closed;

        client.StartReading();
        server.Send("still here");
        Assert.Equal("still here", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task No_session_is_upgraded_where_upgrades_are_off()
    {
        await using var host = await StartHostAsync(static options => options.AllowUpgrades = false);
        var polling = await PollingClient.OpenAsync(host);
        await using var client = WebTransportClient.Begin(host.Engine);

        await client.SendRawAsync($$"""0{"sid":"{{polling.Id}}"}""");

        await client.Session.Closed;
        Assert.Equal(1, host.Engine.ClientsCount);
    }

    [Fact]
    public async Task The_end_of_the_stream_ends_the_session()
    {
        await using var host = await StartHostAsync();
        var server = NextConnection(host);
        await using var client = await WebTransportClient.OpenAsync(host.Engine);
        var closed = NextClose(await server);

        await client.EndStreamAsync();

        Assert.Equal(CloseReasons.TransportClose, await closed);
        await client.Session.Closed;
        await Patience.Within(client.Serving);
    }

    [Fact]
    public async Task The_end_of_the_session_is_noticed_though_its_stream_does_not_end()
    {
        await using var host = await StartHostAsync();
        var server = NextConnection(host);
        await using var client = await WebTransportClient.OpenAsync(host.Engine);
        var closed = NextClose(await server);

        client.Session.End(endsStreams: false);

        Assert.Equal(CloseReasons.TransportClose, await closed);
        await client.Session.Closed;
        await Patience.Within(client.Serving);
    }

    [Fact]
    public async Task A_second_stream_ends_the_session()
    {
        await using var host = await StartHostAsync();
        var server = NextConnection(host);
        await using var client = await WebTransportClient.OpenAsync(host.Engine);
        var closed = NextClose(await server);

        client.Session.OpenStream();

        Assert.Equal(CloseReasons.TransportError, await closed);
        await client.Session.Closed;
        await Patience.Within(client.Serving);
    }

    [Fact]
    public async Task A_client_that_does_not_read_cannot_hold_a_session_that_is_closing()
    {
        await using var host = await StartHostAsync();
        var server = NextConnection(host);
        await using var client = await WebTransportClient.OpenAsync(host.Engine);
        (await server).Send(new string('.', 200_000));
        (await server).Send("waits");
        var closed = NextClose(await server);

        (await server).Close();
        Assert.False(client.Session.IsClosed);
        host.Time.Advance(TimeSpan.FromSeconds(6));

        await closed;
        await client.Session.Closed;
        await Patience.Within(client.Serving);
        Assert.Equal(0, host.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_session_that_cannot_be_closed_takes_nobody_with_it()
    {
        await using var host = await StartHostAsync();
        var server = NextConnection(host);
        var session = new Unclosable();
        var serving = host.Engine.OnWebTransportSessionAsync(session);
        await session.Stream.Output.WriteAsync(new byte[] { 1, (byte)'0' });
        (await server).Send(new string('.', 200_000));
        (await server).Send("waits");
        var closed = NextClose(await server);

        (await server).Close();
        host.Time.Advance(TimeSpan.FromSeconds(6));

        await closed;
        await Assert.ThrowsAsync<NotSupportedException>(() => Patience.Within(serving));
        Assert.Equal(0, host.Engine.ClientsCount);
    }

    public static TheoryData<string> Reasons() => new("disabled", "cors", "middleware", "full");

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task A_session_is_refused_where_it_cannot_be_served(string reason)
    {
        await using var host = await EngineHost.StartAsync(Carrier.TestServer, options =>
        {
            options.Transports = reason == "disabled" ? TransportTypes.Polling : TransportTypes.Polling | TransportTypes.WebTransport;
            options.Cors = reason == "cors" ? new CorsPolicy() : null;
            options.MaxConnections = reason == "full" ? 1 : null;
        });
        await using var polling = await PollingClient.OpenAsync(host);
        if (reason == "middleware")
        {
            host.Engine.Use(static (_, next) => next());
        }

        await using var client = WebTransportClient.Begin(host.Engine);
        await client.SendRawAsync("0");

        await client.Session.Closed;
        await Patience.Within(client.Serving);
        Assert.Equal(1, host.Engine.ClientsCount);
    }

    [Fact]
    public async Task It_is_not_to_be_had_by_an_http_request()
    {
        await using var host = await StartHostAsync();
        using var http = host.CreateHttpClient();

        var response = await http.GetAsync(new Uri("/engine.io/?EIO=4&transport=webtransport", UriKind.Relative));

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(0, JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("code").GetInt32());
    }

    private static Task<EngineHost> StartHostAsync(Action<EngineOptions>? configure = null) => EngineHost.StartAsync(Carrier.HandOff, options =>
    {
        options.Transports |= TransportTypes.WebTransport;
        configure?.Invoke(options);
    });

    private static Task<Node> StartNodeAsync() => Node.StartAsync(static options => options.Transports |= TransportTypes.WebTransport);

    private static async Task<WebTransportClient> ConnectAsync(Node node)
    {
        var client = await WebTransportClient.OpenAsync(node.Io.Engine);
        client.StartReading();
        await client.SendAsync("0");
        Assert.StartsWith("""0{"sid":""", await client.ReceiveTextAsync(), StringComparison.Ordinal);
        return client;
    }

    private static Task<EngineConnection> NextConnection(EngineHost host)
    {
        var next = new TaskCompletionSource<EngineConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Engine.Connection += connection => next.TrySetResult(connection);
        return Patience.Within(next.Task);
    }

    private static Task<string> NextClose(EngineConnection connection)
    {
        var next = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Closed += (reason, _) => next.TrySetResult(reason);
        return Patience.Within(next.Task);
    }

    private sealed class Unclosable : WebTransportSession
    {
        private readonly MemoryWebTransport _inner = new();

        public Unclosable() => Stream = _inner.OpenStream();

        public System.IO.Pipelines.IDuplexPipe Stream { get; }

        public override ValueTask<System.IO.Pipelines.IDuplexPipe?> AcceptStreamAsync(CancellationToken cancellationToken) => _inner.AcceptStreamAsync(cancellationToken);

        public override void Close() => throw new NotSupportedException("The session is the application's own.");
    }
}
