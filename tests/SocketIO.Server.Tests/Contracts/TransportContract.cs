using System.Text;

namespace SocketIO.Server.Tests;

/// <summary>What every transport owes to a session.</summary>
public abstract class TransportContract
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(20);

    protected virtual Carrier Carrier => Carrier.HandOff;

    /// <summary>The transport that the session is on in the end.</summary>
    protected abstract string Name { get; }

    /// <summary>Why a session ends whose client was cut off.</summary>
    protected virtual string AbortReason => CloseReasons.TransportClose;

    /// <summary>Whether the server feels it if a client does not read.</summary>
    protected virtual bool HasBackPressure => true;

    protected abstract Task<EngineClient> OpenAsync(EngineHost host);

    [Fact]
    public async Task The_open_packet_comes_first_and_then_the_initial_packet()
    {
        await using var host = await StartHostAsync(options => options.InitialPacket = "welcome");
        await using var client = await OpenAsync(host);
        Assert.True(client.Handshake.GetProperty("sid").GetString()!.Length >= 16);
        Assert.Equal(25000, client.Handshake.GetProperty("pingInterval").GetInt32());
        Assert.Equal(20000, client.Handshake.GetProperty("pingTimeout").GetInt32());
        Assert.Equal(1_000_000, client.Handshake.GetProperty("maxPayload").GetInt32());
        Assert.Equal(Upgrades, client.Handshake.GetProperty("upgrades").EnumerateArray().Select(static upgrade => upgrade.GetString()!));
        if (!UpgradesFromPolling)
        {
            client.StartReading();
            Assert.Equal("welcome", await client.ReceiveTextAsync());
        }
    }

    [Fact]
    public async Task The_session_knows_its_transport_and_its_request()
    {
        await using var session = await StartAsync();
        Assert.Equal(Name, session.Server.Transport);
        Assert.Equal(4, session.Server.Protocol);
        Assert.Equal(ReadyState.Open, session.Server.ReadyState);
        Assert.Equal(HasRequest ? "4" : null, session.Server.Request.GetQuery("EIO"));
        Assert.Same(session.Server, Assert.Single(session.Host.Engine.Connections));
    }

    public static TheoryData<string> Texts() => new(
        "",
        "hello",
        "äöü ✓ 漢字 \U0001f600",
        "line\nfeed \\n backslash \\\\n \r\n tab\t",
        "quotes \" ' </script> \u2028 \u2029 & + % = ?",
        "4", "b64", new string('x', 70_000));

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Text_goes_both_ways_unchanged(string text)
    {
        await using var session = await StartAsync();
        session.Server.Send(text);
        Assert.Equal(new EngineMessage(text, null), await session.Client.ReceiveAsync());
        await session.Client.SendAsync(text);
        Assert.Equal(text, (await session.ReceiveAsync()).Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(70_001)]
    public async Task Bytes_go_both_ways_unchanged(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(static i => (byte)(i * 7)).ToArray();
        await using var session = await StartAsync();
        session.Server.Send(bytes);
        Assert.Equal(bytes, (await session.Client.ReceiveAsync()).Bytes!);
        await session.Client.SendAsync(new EngineMessage(null, bytes));
        Assert.Equal(bytes, (await session.ReceiveAsync()).Bytes!);
    }

    [Fact]
    public async Task Text_and_bytes_keep_their_order()
    {
        await using var session = await StartAsync();
        for (var i = 0; i < 50; i++)
        {
            session.Server.Send($"{i}");
            session.Server.Send(new[] { (byte)i });
            await session.Client.SendAsync($"{i}");
            await session.Client.SendAsync(new EngineMessage(null, [(byte)i]));
        }

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal($"{i}", await session.Client.ReceiveTextAsync());
            Assert.Equal([(byte)i], (await session.Client.ReceiveAsync()).Bytes!);
            Assert.Equal($"{i}", (await session.ReceiveAsync()).Text);
            Assert.Equal([(byte)i], (await session.ReceiveAsync()).Bytes!);
        }
    }

    [Fact]
    public async Task What_many_threads_send_arrives_whole_and_in_the_order_of_each()
    {
        const int Threads = 8;
        const int Each = 300;
        await using var session = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                session.Server.Send($"{thread} {i}");
            }
        })));
        var next = new int[Threads];
        for (var i = 0; i < Threads * Each; i++)
        {
            var parts = (await session.Client.ReceiveTextAsync()).Split(' ');
            var thread = int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(next[thread]++, int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [InlineData(100, 5000)]
    [InlineData(60_000, 30)]
    public async Task A_burst_larger_than_a_flush_arrives_whole(int length, int count)
    {
        await using var session = await StartAsync();
        for (var i = 0; i < count; i++)
        {
            session.Server.Send($"{i} " + new string('.', length));
        }

        await AssertBurstAsync(session.Client, length, count);
    }

    [Fact]
    public async Task A_burst_sent_by_a_handler_arrives_whole()
    {
        await using var session = await StartAsync();
        session.Server.MessageReceived += (_, _) =>
        {
            for (var i = 0; i < 5000; i++)
            {
                session.Server.Send($"{i} " + new string('.', 100));
            }
        };
        await session.Client.SendAsync("go");
        await AssertBurstAsync(session.Client, 100, 5000);
    }

    [Fact]
    public async Task Closing_after_a_burst_delivers_all_that_was_sent_before()
    {
        await using var session = await StartAsync();
        for (var i = 0; i < 30; i++)
        {
            session.Server.Send($"{i} " + new string('.', 60_000));
        }

        session.Server.Close();
        session.Server.Send("too late");
        await AssertBurstAsync(session.Client, 60_000, 30);
        await session.Client.Ended;
        await Assert.ThrowsAnyAsync<Exception>(() => session.Client.ReceiveAsync());
        Assert.Equal(CloseReasons.ForcedClose, (await session.Closed).Reason);
    }

    [Fact]
    public async Task The_server_closes_with_forced_close()
    {
        await using var session = await StartAsync();
        session.Server.Close();
        await session.Client.Ended;
        Assert.Equal(CloseReasons.ForcedClose, (await session.Closed).Reason);
        Assert.Equal(ReadyState.Closed, session.Server.ReadyState);
        Assert.Equal(0, session.Host.Engine.ClientsCount);
        session.Server.Send("nobody is there");
        session.Server.Close();
    }

    [Fact]
    public async Task The_client_closes_with_transport_close()
    {
        await using var session = await StartAsync();
        await session.Client.SendAsync("last");
        Assert.Equal("last", (await session.ReceiveAsync()).Text);
        await session.Client.CloseAsync();
        Assert.Equal(CloseReasons.TransportClose, (await session.Closed).Reason);
        Assert.Equal(ReadyState.Closed, session.Server.ReadyState);
        Assert.Equal(0, session.Host.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_connection_that_is_cut_ends_its_session()
    {
        await using var session = await StartAsync();
        session.Server.Send("one");
        await session.Client.ReceiveAsync();
        await session.WaitUntilReadingAsync();
        session.Client.Abort();
        Assert.Equal(AbortReason, (await session.Closed).Reason);
    }

    [Fact]
    public async Task A_client_that_never_reads_is_cut_at_its_bound_while_others_go_on()
    {
        if (!HasBackPressure)
        {
            return;
        }

        await using var host = await StartHostAsync(static options => options.MaxOutboundBytes = 256 * 1024);
        await using var other = await StartAsync(host);
        await using var session = await StartAsync(host, reads: false);
        var chunk = new string('.', 32 * 1024);
        // What the system buffers is not known; that it ends is.
        for (var i = 0; i < 10_000 && session.Server.ReadyState == ReadyState.Open; i++)
        {
            session.Server.Send(chunk);
            await Task.Yield();
        }

        var (reason, detail) = await session.Closed;
        Assert.Equal(CloseReasons.TransportError, reason);
        Assert.Contains("EngineOptions.MaxOutboundBytes", detail, StringComparison.Ordinal);
        other.Server.Send("still here");
        Assert.Equal("still here", await other.Client.ReceiveTextAsync());
        await other.Client.SendAsync("me too");
        Assert.Equal("me too", (await other.ReceiveAsync()).Text);
        Assert.Equal(1, host.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_message_that_is_too_large_hurts_its_sender_alone()
    {
        await using var host = await StartHostAsync(static options => options.MaxHttpBufferSize = 1000);
        await using var other = await StartAsync(host);
        await using var session = await StartAsync(host);
        await session.Client.SendAsync(new string('.', 900));
        Assert.Equal(900, (await session.ReceiveAsync()).Text!.Length);
        await SendTooMuchAsync(session);
        await other.Client.SendAsync("still here");
        Assert.Equal("still here", (await other.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task A_packet_of_no_known_type_is_a_parse_error()
    {
        await using var session = await StartAsync();
        await SendRawAsync(session.Client, "x");
        Assert.Equal(CloseReasons.ParseError, (await session.Closed).Reason);
    }

    [Fact]
    public async Task A_ping_from_the_client_is_a_transport_error()
    {
        await using var session = await StartAsync();
        await SendRawAsync(session.Client, "2");
        Assert.Equal(CloseReasons.TransportError, (await session.Closed).Reason);
    }

    [Fact]
    public async Task A_client_that_answers_pings_stays()
    {
        await using var session = await StartAsync();
        for (var i = 0; i < 3; i++)
        {
            session.Host.Time.Advance(PingInterval);
            await session.Client.ReceivePingAsync();
            // What comes behind the pong has arrived: so has the pong.
            await session.Client.SendAsync("behind it");
            await session.ReceiveAsync();
        }

        Assert.Equal(ReadyState.Open, session.Server.ReadyState);
        session.Server.Send("alive");
        Assert.Equal("alive", await session.Client.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_client_that_does_not_answer_pings_is_closed()
    {
        await using var session = await StartAsync();
        session.Client.Answers = false;
        session.Host.Time.Advance(PingInterval);
        await session.Client.ReceivePingAsync();
        session.Host.Time.Advance(PingTimeout - TimeSpan.FromMilliseconds(1));
        Assert.Equal(ReadyState.Open, session.Server.ReadyState);
        session.Host.Time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(CloseReasons.PingTimeout, (await session.Closed).Reason);
        await session.Client.Ended;
    }

    [Fact]
    public async Task What_a_client_sends_while_nothing_is_read_arrives_in_order_when_reading_goes_on()
    {
        await using var session = await StartAsync();
        IDisposable? pause = null;
        var tooSoon = 0;
        session.Server.MessageReceived += (_, _) =>
        {
            if (pause is null)
            {
                pause = session.Server.PauseReading();
            }
            else if (session.Server.IsReadingPaused)
            {
                tooSoon++;
            }
        };
        var sending = SendAllAsync();
        Assert.Equal("0", await session.ReceiveTextAsync());
        // Longer than a client may be silent: no pong would be read, and it is not taken for dead.
        session.Client.Answers = false;
        for (var i = 0; i < 4; i++)
        {
            session.Host.Time.Advance(PingInterval + TimeSpan.FromMilliseconds(50));
            await session.Client.ReceivePingAsync();
        }

        Assert.Equal(0, tooSoon);
        Assert.Equal(ReadyState.Open, session.Server.ReadyState);
        pause!.Dispose();
        for (var i = 1; i < 20; i++)
        {
            Assert.Equal($"{i}", await session.ReceiveTextAsync());
        }

        await Patience.Within(sending);

        async Task SendAllAsync()
        {
            for (var i = 0; i < 20; i++)
            {
                await session.Client.SendAsync($"{i}");
            }
        }
    }

    [Fact]
    public async Task A_client_that_is_not_read_from_can_be_closed()
    {
        await using var session = await StartAsync();
        session.Server.PauseReading();
        var sending = session.Client.SendAsync("unread");
        session.Server.Close();
        await session.Client.Ended;
        Assert.Equal(CloseReasons.ForcedClose, (await session.Closed).Reason);
        // Whether it was sent before the end or after it: it waits no more.
        await Patience.Within(Task.WhenAny(sending));
    }

    [Fact]
    public async Task A_client_that_is_silent_after_a_pause_is_closed()
    {
        await using var session = await StartAsync();
        var first = session.Server.PauseReading();
        var second = session.Server.PauseReading();
        session.Client.Answers = false;
        first.Dispose();
        first.Dispose();
        Assert.True(session.Server.IsReadingPaused);
        second.Dispose();
        session.Host.Time.Advance(PingInterval);
        await session.Client.ReceivePingAsync();
        session.Host.Time.Advance(PingTimeout + TimeSpan.FromMilliseconds(50));
        Assert.Equal(CloseReasons.PingTimeout, (await session.Closed).Reason);
    }

    [Fact]
    public async Task What_a_handler_throws_ends_no_other_session_and_closes_no_server()
    {
        await using var host = await StartHostAsync();
        await using var other = await StartAsync(host);
        await using var session = await StartAsync(host);
        session.Server.MessageReceived += static (_, _) => throw new NotImplementedException("the application's own fault");
        await session.Client.SendAsync("hello");
        Assert.Equal("hello", (await session.ReceiveAsync()).Text);
        await session.Client.SendAsync("again");
        Assert.Equal("again", (await session.ReceiveAsync()).Text);
        await other.Client.SendAsync("still here");
        Assert.Equal("still here", (await other.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task Closing_the_engine_closes_its_sessions()
    {
        await using var session = await StartAsync();
        session.Server.Send("bye");
        session.Host.Engine.Dispose();
        Assert.Equal("bye", await session.Client.ReceiveTextAsync());
        await session.Client.Ended;
        Assert.Equal(CloseReasons.ForcedClose, (await session.Closed).Reason);
    }

    protected virtual bool UpgradesFromPolling => false;

    /// <summary>What the session's first transport is told that it may become.</summary>
    protected virtual string[] Upgrades => UpgradesFromPolling || Name == TransportNames.Polling ? [TransportNames.WebSocket] : [];

    /// <summary>Whether the session began with an HTTP request.</summary>
    protected virtual bool HasRequest => true;

    /// <summary>Sets the options that the transport needs.</summary>
    protected virtual void Configure(EngineOptions options)
    {
    }

    /// <summary>Sends a message that is too large, and shows what its sender gets.</summary>
    protected virtual async Task SendTooMuchAsync(Session session)
    {
        await session.Client.SendAsync(new string('.', 1001));
        await session.Client.Ended;
        Assert.Equal(CloseReasons.TransportError, (await session.Closed).Reason);
    }

    /// <summary>Sends a packet as it is.</summary>
    protected abstract Task SendRawAsync(EngineClient client, string packet);

    protected Task<EngineHost> StartHostAsync(Action<EngineOptions>? configure = null) => EngineHost.StartAsync(Carrier, options =>
    {
        Configure(options);
        configure?.Invoke(options);
    });

    protected async Task<Session> StartAsync()
    {
        var host = await StartHostAsync();
        return await StartAsync(host, ownsHost: true);
    }

    protected async Task<Session> StartAsync(EngineHost host, bool reads = true, bool ownsHost = false)
    {
        var ready = new TaskCompletionSource<EngineConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        var upgraded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Engine.Connection += OnConnection;
        var client = await OpenAsync(host);
        var server = await Patience.Within(ready.Task);
        host.Engine.Connection -= OnConnection;
        if (UpgradesFromPolling)
        {
            await Patience.Within(upgraded.Task);
        }

        var session = new Session(host, client, server, ownsHost);
        if (reads)
        {
            client.StartReading();
        }

        return session;

        void OnConnection(EngineConnection connection)
        {
            connection.Upgraded += _ => upgraded.TrySetResult();
            ready.TrySetResult(connection);
        }
    }

    private static async Task AssertBurstAsync(EngineClient client, int length, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var text = await client.ReceiveTextAsync();
            Assert.StartsWith($"{i} .", text, StringComparison.Ordinal);
            Assert.Equal($"{i} ".Length + length, text.Length);
        }
    }

    /// <summary>A client and the server's side of it.</summary>
    public sealed class Session : IAsyncDisposable
    {
        private readonly TaskCompletionSource<(string Reason, string? Detail)> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly System.Threading.Channels.Channel<EngineMessage> _received = System.Threading.Channels.Channel.CreateUnbounded<EngineMessage>();
        private readonly bool _ownsHost;

        internal Session(EngineHost host, EngineClient client, EngineConnection server, bool ownsHost)
        {
            Host = host;
            Client = client;
            Server = server;
            _ownsHost = ownsHost;
            server.Closed += (reason, detail) => _closed.TrySetResult((reason, detail));
            server.MessageReceived += (data, isBinary) =>
                _received.Writer.TryWrite(isBinary ? new EngineMessage(null, data.ToArray()) : new EngineMessage(Encoding.UTF8.GetString(data.Span), null));
        }

        public EngineHost Host { get; }

        public EngineClient Client { get; }

        public EngineConnection Server { get; }

        public Task<(string Reason, string? Detail)> Closed => Patience.Within(_closed.Task);

        public async Task<EngineMessage> ReceiveAsync() => await Patience.Within(_received.Reader.ReadAsync().AsTask());

        public async Task<string> ReceiveTextAsync() => (await ReceiveAsync()).Text!;

        /// <summary>Waits until the client asks for more, where the server can see that.</summary>
        public async Task WaitUntilReadingAsync()
        {
            while (!Server.CurrentTransport.CanWrite)
            {
                await Task.Delay(1);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            if (_ownsHost)
            {
                await Host.DisposeAsync();
            }
        }
    }
}
