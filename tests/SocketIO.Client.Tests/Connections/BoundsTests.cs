using SocketIO.Protocol;

namespace SocketIO.Client.Tests;

public class BoundsTests
{
    public static TheoryData<string, Action<SocketIOClientOptions>> Wrong { get; } = new()
    {
        { nameof(SocketIOClientOptions.Protocol), static options => options.Protocol = null! },
        { nameof(SocketIOClientOptions.SerializerOptions), static options => options.SerializerOptions = null! },
        { nameof(SocketIOClientOptions.PacketLimits), static options => options.PacketLimits = null! },
        { nameof(SocketIOClientOptions.TimeProvider), static options => options.TimeProvider = null! },
        { nameof(SocketIOClientOptions.Path), static options => options.Path = "socket.io" },
        { nameof(SocketIOClientOptions.ConnectTimeout), static options => options.ConnectTimeout = TimeSpan.Zero },
        { nameof(SocketIOClientOptions.CloseTimeout), static options => options.CloseTimeout = TimeSpan.FromDays(2) },
        { nameof(SocketIOClientOptions.AckTimeout), static options => options.AckTimeout = Timeout.InfiniteTimeSpan },
        { nameof(SocketIOClientOptions.HeartbeatTimeout), static options => options.HeartbeatTimeout = TimeSpan.Zero },
        { nameof(SocketIOClientOptions.MaxMessageBytes), static options => options.MaxMessageBytes = 0 },
        { nameof(SocketIOClientOptions.MaxOutboundBytes), static options => options.MaxOutboundBytes = -1 },
        { nameof(SocketIOClientOptions.MaxPendingAcks), static options => options.MaxPendingAcks = 0 },
        { nameof(SocketIOClientOptions.MaxConcurrentEvents), static options => options.MaxConcurrentEvents = 0 },
        { nameof(SocketIOClientOptions.MaxQueuedEventBytes), static options => options.MaxQueuedEventBytes = 0 },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_option_out_of_its_range_is_named(string name, Action<SocketIOClientOptions> change)
    {
        var options = new SocketIOClientOptions();
        change(options);

        Assert.Contains($"SocketIOClientOptions.{name} ", Assert.Throws<ArgumentException>(() => new SocketIOClient("http://localhost", options)).Message);
    }

    [Theory]
    [InlineData("ftp://localhost")]
    [InlineData("file:///tmp")]
    public void A_URL_of_another_kind_is_refused(string url) => Assert.Throws<ArgumentException>(() => new SocketIOClient(url));

    [Fact]
    public async Task A_message_above_the_limit_ends_the_connection()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(new SocketIOClientOptions { MaxMessageBytes = 1000 });
        await connection.SendAsync($"42[\"fits\",\"{new string('x', 1000 - "42[\"fits\",\"\"]".Length)}\"]");
        await connection.SendAsync("2");
        Assert.Equal("3", await connection.ReceiveAsync());

        await connection.SendAsync(new string('x', 1001));

        Assert.Equal("close 1009", await connection.ReceiveAsync());
        await connection.CloseAsync();
        var end = await Patience.Within(client.Completion);
        Assert.Equal(DisconnectReasons.TransportError, end.Reason);
        Assert.Contains("MaxMessageBytes", end.Detail);
    }

    [Fact]
    public async Task What_a_server_that_does_not_read_is_sent_is_bounded()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(new SocketIOClientOptions { MaxOutboundBytes = 100_000 });
        var text = new string('x', 50_000);

        // The system takes some of it.
        var error = Assert.Throws<ClientQueueFullException>(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                client.Emit("event", text);
            }
        });

        Assert.Contains("MaxOutboundBytes", error.Message);
        Assert.True(client.IsConnected);
        var flushed = client.FlushAsync();
        var wanted = $"42[\"event\",\"{text}\"]";
        Assert.Equal(wanted, await connection.ReceiveAsync());
        while (!flushed.IsCompleted)
        {
            Assert.Equal(wanted, await connection.ReceiveAsync());
        }

        await flushed;
        client.Emit("again");
        connection.Abort();
        await Patience.Within(client.Completion);
    }

    [Fact]
    public async Task What_was_not_sent_fails_who_waits_for_it()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync();
        client.Emit("event", new string('x', 30_000_000));
        var flushed = client.FlushAsync();

        connection.Abort();

        await Assert.ThrowsAsync<NotConnectedException>(() => Patience.Within(flushed));
    }

    [Fact]
    public async Task Answers_that_are_waited_for_are_bounded()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(new SocketIOClientOptions { MaxPendingAcks = 2 });
        var first = client.EmitWithAckAsync<int>("question");
        var second = client.EmitWithAckAsync<int>("question");

        Assert.Contains("MaxPendingAcks", (await Assert.ThrowsAsync<ClientQueueFullException>(() => client.EmitWithAckAsync("question"))).Message);

        await connection.SendAsync("431[1]");
        Assert.Equal(1, await Patience.Within(second));
        var third = client.EmitWithAckAsync<int>("question");
        await connection.SendAsync("430[0]");
        await connection.SendAsync("432[2]");
        Assert.Equal(0, await Patience.Within(first));
        Assert.Equal(2, await Patience.Within(third));
        connection.Abort();
    }

    [Fact]
    public async Task Events_wait_above_the_number_of_handlers_that_may_run()
    {
        var started = new Happenings<int>();
        var next = new SemaphoreSlim(0);
        await using var server = await ScriptedServer.StartAsync();
        var (_, connection) = await server.ConnectAsync(new SocketIOClientOptions { MaxConcurrentEvents = 2 }, client => client.On("event", async (int number) =>
        {
            started.Add(number);
            await next.WaitAsync();
        }));
        for (var i = 0; i < 3; i++)
        {
            await connection.SendAsync($"42[\"event\",{i}]");
        }

        Assert.Equal(0, await started.NextAsync());
        Assert.Equal(1, await started.NextAsync());
        // Heartbeats never wait behind events.
        await connection.SendAsync("2");
        Assert.Equal("3", await connection.ReceiveAsync());
        Assert.True(started.IsEmpty);

        next.Release();

        Assert.Equal(2, await started.NextAsync());
        next.Release(2);
        connection.Abort();
    }

    [Fact]
    public async Task Events_that_wait_are_bounded()
    {
        var never = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(
            new SocketIOClientOptions { MaxConcurrentEvents = 1, MaxQueuedEventBytes = 10_000 },
            client => client.On("event", () => never.Task));
        var text = new string('x', 4000);

        for (var i = 0; i < 5; i++)
        {
            await connection.SendAsync($"42[\"event\",\"{text}\"]");
        }

        Assert.Equal("close 1000", await connection.ReceiveAsync());
        await connection.CloseAsync();
        var end = await Patience.Within(client.Completion);
        Assert.Equal(DisconnectReasons.TransportError, end.Reason);
        Assert.Contains("MaxQueuedEventBytes", end.Detail);
    }

    [Fact]
    public async Task What_a_packet_may_hold_is_an_option()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(new SocketIOClientOptions { PacketLimits = new PacketLimits { MaxArguments = 2 } });

        await connection.SendAsync("42[\"event\",1,2]");

        Assert.Equal("close 1007", await connection.ReceiveAsync());
        await connection.CloseAsync();
        Assert.Equal(DisconnectReasons.ParseError, (await Patience.Within(client.Completion)).Reason);
    }
}
