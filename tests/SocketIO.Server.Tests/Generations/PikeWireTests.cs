using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>What Pike's Web.SocketIO and Web.EngineIO did on the wire, by sessions of the clients that they served.</summary>
public sealed class PikeWireTests
{
    public static TheoryData<string> Transports => OldClient.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-01")]
    [Trait("Feature", "P-19")]
    [Trait("Feature", "P-30")]
    [Trait("Feature", "P-31")]
    public async Task A_client_is_connected_unasked_and_events_go_both_ways(string transport)
    {
        await using var node = await StartAsync(static socket => socket.On("ask", (int number) => socket.Emit("answer", number + 1, "and", new { more = true })));
        using var client = await OldClient.OpenAsync(node, transport);
        Assert.Equal("40", await client.ReceiveAsync());

        await client.SendAsync("""42["ask",41]""");

        Assert.Equal("""42["answer",42,"and",{"more":true}]""", await client.ReceiveAsync());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-02")]
    public async Task Values_of_any_depth_come_back_as_they_were(string transport)
    {
        await using var node = await StartAsync(static socket => socket.On("echo", (EventArguments all) => socket.Emit("echo", all.ToArray())));
        using var client = await OldClient.ConnectAsync(node, transport);
        const string Event = """["echo",null,true,1.5,"☃😀",{"a":[{"b":{}}]},[],[null,true,1.5,"☃😀",{"a":[{"b":{}}]},[[[[{"c":[-1e-7]}]]]]]]""";

        await client.SendAsync("42" + Event);

        var echoed = await client.ReceiveAsync();
        Assert.StartsWith("42[", echoed, StringComparison.Ordinal);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(Event), JsonElement.Parse(echoed[2..])), echoed);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-03")]
    public async Task Nested_bytes_go_out_as_bytes_wherever_the_transport_has_them(string transport)
    {
        await using var node = await StartAsync();
        using var client = await OldClient.ConnectAsync(node, transport);

        node.Io.Emit("ev", new { a = new object[] { new byte[] { 1, 2, 255 }, new { b = new byte[] { 4 } } } });

        Assert.Equal(
            ["""452-["ev",{"a":[{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}]}]""", "040102FF", "0404"],
            await client.ReceiveAsync(3));
        Assert.Equal(transport == "websocket" ? null : transport == "polling" ? "application/octet-stream" : "text/plain; charset=UTF-8", client.ContentType);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-04")]
    public async Task Nested_bytes_of_a_client_arrive_in_one_call_and_in_their_places(string transport)
    {
        var calls = new List<string>();
        await using var node = await StartAsync(socket => socket.On("ev", (Picture picture, string text) =>
        {
            calls.Add($"{Convert.ToHexString(picture.Image)} {Convert.ToHexString(picture.Of[0].Thumb)} {text}");
            socket.Emit("got");
        }));
        using var client = await OldClient.ConnectAsync(node, transport);

        await client.SendAsync("""452-["ev",{"of":[{"thumb":{"_placeholder":true,"num":1}}],"image":{"_placeholder":true,"num":0}},"after"]""");
        await client.SendAsync([1, 2, 255]);
        Assert.Empty(calls);
        await client.SendAsync([4]);

        Assert.Equal("""42["got"]""", await client.ReceiveAsync());
        Assert.Equal(["0102FF 04 after"], calls);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-09")]
    public async Task Acknowledgements_carry_bytes_both_ways(string transport)
    {
        await using var node = await StartAsync(static socket => socket.On("ask", () => new { data = new byte[] { 7, 8 } }));
        using var client = await OldClient.ConnectAsync(node, transport);

        await client.SendAsync("""425["ask"]""");
        Assert.Equal(["""461-5[{"data":{"_placeholder":true,"num":0}}]""", "040708"], await client.ReceiveAsync(2));

        var answer = Assert.Single(node.Io.Sockets.Sockets).Value.EmitWithAckAsync<byte[]>("question");
        Assert.Equal("""420["question"]""", await client.ReceiveAsync());
        await client.SendAsync("""461-0[{"_placeholder":true,"num":0}]""");
        await client.SendAsync([9, 255]);
        Assert.Equal([9, 255], await Patience.Within(answer));
    }

    [Fact]
    [Trait("Feature", "P-10")]
    public async Task The_lower_layer_works_alone_with_text_that_is_no_packet_of_the_upper_one()
    {
        await using var node = await Node.StartBareAsync(
            static builder => builder.Services.AddEngineIO(static options => options.Generations = Generations.EngineIO3),
            static app => app.MapEngineIO(static engine => engine.Connection += static connection =>
            {
                connection.MessageReceived += (data, _) => connection.Send(Encoding.UTF8.GetString(data.Span));
                connection.Send("Hello world!");
            }));
        using var http = node.CreateHttpClient();
        const string Url = "/engine.io/?EIO=3&transport=polling&b64=1";

        var greeting = OldPolling.Split(await http.GetStringAsync(Url));
        var session = $"{Url}&sid={JsonElement.Parse(greeting[0][1..]).GetProperty("sid").GetString()}";
        using var content = new StringContent(OldPolling.Join("4{no packet, \"☃\""));
        using var posted = await http.PostAsync(session, content);

        Assert.Equal(["4Hello world!"], greeting[1..]);
        Assert.Equal(["4{no packet, \"☃\""], OldPolling.Split(await http.GetStringAsync(session)));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-22")]
    public async Task Closing_a_client_is_a_disconnect_and_then_the_end_of_the_engine(string transport)
    {
        await using var node = await StartAsync(static socket => socket.On("leave", () => { socket.Disconnect(close: true); }));
        using var client = await OldClient.ConnectAsync(node, transport);

        await client.SendAsync("""42["leave"]""");

        Assert.Equal(transport == "websocket" ? ["41", "closed"] : ["41", "1"], await client.ReceiveAsync(2));
        await Patience.Until(() => node.Io.Engine.ClientsCount == 0);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-27")]
    public async Task Namespaces_are_asked_for_confirmed_refused_and_sent_to(string transport)
    {
        await using var node = await StartAsync();
        node.Io.Of("/ns").OnConnection(static socket => socket.On("hi", () => { socket.Emit("there", socket.Namespace.Name); }));
        using var client = await OldClient.ConnectAsync(node, transport);

        await client.SendAsync("40/ns");
        Assert.Equal("40/ns,", await client.ReceiveAsync());
        await client.SendAsync("""42/ns,["hi"]""");
        Assert.Equal("""42/ns,["there","/ns"]""", await client.ReceiveAsync());
        node.Io.Of("/ns").Emit("all");
        Assert.Equal("""42/ns,["all"]""", await client.ReceiveAsync());
        await client.SendAsync("40/nowhere");
        Assert.Equal("44/nowhere,\"Invalid namespace\"", await client.ReceiveAsync());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-29")]
    public async Task A_packet_of_an_unknown_type_ends_its_client_and_leaves_none_waiting(string transport)
    {
        var told = new List<string>();
        await using var node = await StartAsync(socket => socket.OnError(error => told.Add(error.GetType().Name)).OnDisconnect(end => told.Add(end.Reason)));
        using var client = await OldClient.ConnectAsync(node, transport);

        await client.SendAsync("49[\"what\"]");

        Assert.Equal(transport == "websocket" ? "closed" : "1", await client.ReceiveAsync());
        await Patience.Until(() => node.Io.Engine.ClientsCount == 0);
        Assert.Equal(["PacketFormatException", CloseReasons.ForcedClose], told);
    }

    [Theory]
    [InlineData(true, "[\"websocket\"]")]
    [InlineData(false, "[]")]
    [Trait("Feature", "P-33")]
    public async Task Without_upgrades_none_is_offered_and_none_is_taken(bool allows, string offered)
    {
        await using var node = await StartAsync(configure: options => options.AllowUpgrades = allows);
        using var client = await OldPolling.OpenAsync(node);
        Assert.Equal(offered, client.Handshake.GetProperty("upgrades").GetRawText());

        using var candidate = await OldWebSocket.OpenAsync(node, "EIO=3&transport=websocket&sid=" + client.Id);
        await candidate.SendAsync("2probe");
        Assert.Equal(allows ? "3probe" : null, await candidate.ReceiveAsync());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-34")]
    public async Task The_times_are_told_in_the_handshake_and_a_silent_client_is_dropped_after_their_sum(string transport)
    {
        var time = new ManualTimeProvider();
        var reason = new TaskCompletionSource<string>();
        await using var node = await StartAsync(
            socket => socket.OnDisconnect(end => reason.SetResult(end.Reason)),
            static options => (options.PingInterval, options.PingTimeout) = (TimeSpan.FromSeconds(29), TimeSpan.FromSeconds(64)),
            builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var client = await OldClient.ConnectAsync(node, transport);
        Assert.EndsWith("\"pingInterval\":29000,\"pingTimeout\":64000}", client.Handshake, StringComparison.Ordinal);

        time.Advance(TimeSpan.FromSeconds(92));
        await client.SendAsync("2");
        Assert.Equal("3", await client.ReceiveAsync());
        time.Advance(TimeSpan.FromSeconds(92));
        Assert.False(reason.Task.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(CloseReasons.PingTimeout, await Patience.Within(reason.Task));
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Theory]
    [InlineData("gzip", 300, true)]
    [InlineData("deflate;q=0.5, gzip", 300, true)]
    [InlineData("gzip", 100, false)]
    [InlineData("gzip;q=0", 300, false)]
    [InlineData(null, 300, false)]
    [Trait("Feature", "P-35")]
    public async Task A_poll_is_compressed_from_the_threshold_on_for_who_accepts_it(string? accepted, int length, bool isCompressed)
    {
        await using var node = await StartAsync(configure: static options => options.HttpCompression = new HttpCompressionOptions { Threshold = 256 });
        using var client = await OldPolling.OpenAsync(node);
        node.Io.Emit("big", new string('x', length));

        using var http = node.CreateHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/socket.io/?{client.Query}&sid={client.Id}");
        if (accepted is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        }

        using var answer = await http.SendAsync(request);

        Assert.Equal(isCompressed ? ["gzip"] : [], answer.Content.Headers.ContentEncoding);
        var body = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal($"{length + 12}:42[\"big\",\"{new string('x', length)}\"]", Encoding.UTF8.GetString(isCompressed ? await GunzipAsync(body) : body));
    }

    [Fact]
    [Trait("Feature", "P-20")]
    [Trait("Feature", "P-36")]
    public async Task A_websocket_compresses_what_is_large_unless_the_message_says_otherwise()
    {
        await using var node = await StartAsync(configure: static options => options.PerMessageDeflate = new PerMessageDeflateOptions { Threshold = 256 });
        using var connection = await RawConnection.OpenAsync(node.Address);
        await connection.SendAsync(RawConnection.UpgradeRequest("/socket.io/", "", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n", eio: 3));
        Assert.Contains("\r\nSec-WebSocket-Extensions: permessage-deflate", await connection.ReceiveHeadersAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("0{", (await ReadFrameAsync(connection)).Text, StringComparison.Ordinal);
        Assert.Equal((false, "40"), await ReadFrameAsync(connection));
        var socket = Assert.Single(node.Io.Sockets.Sockets).Value;
        var large = new string('x', 300);

        socket.Emit("ev", large);
        socket.Emit("ev", "small");
        socket.Compress(false).Emit("ev", large);

        Assert.Equal((true, $"42[\"ev\",\"{large}\"]"), await ReadFrameAsync(connection));
        Assert.Equal((false, "42[\"ev\",\"small\"]"), await ReadFrameAsync(connection));
        Assert.Equal((false, $"42[\"ev\",\"{large}\"]"), await ReadFrameAsync(connection));
    }

    [Fact]
    [Trait("Feature", "P-36")]
    public async Task Without_the_option_or_the_clients_offer_nothing_is_compressed()
    {
        await using var off = await StartAsync();
        await using var on = await StartAsync(configure: static options => options.PerMessageDeflate = new PerMessageDeflateOptions());
        foreach (var (node, offer) in new[] { (off, "Sec-WebSocket-Extensions: permessage-deflate\r\n"), (on, "") })
        {
            using var connection = await RawConnection.OpenAsync(node.Address);
            await connection.SendAsync(RawConnection.UpgradeRequest("/socket.io/", "", offer, eio: 3));
            Assert.DoesNotContain("Sec-WebSocket-Extensions", await connection.ReceiveHeadersAsync(), StringComparison.OrdinalIgnoreCase);
            node.Io.Emit("ev", new string('x', 3000));
            for (var i = 0; i < 3; i++)
            {
                Assert.False((await ReadFrameAsync(connection)).IsCompressed);
            }
        }
    }

    [Theory]
    [InlineData("text/plain;charset=UTF-8")]
    [InlineData("application/octet-stream")]
    [InlineData("application/xml")]
    [Trait("Feature", "P-37")]
    public async Task Payloads_of_both_forms_are_read_whatever_the_content_type_says(string contentType)
    {
        await using var node = await StartAsync(static socket => socket.On("bin", (byte[] bytes, string text) => socket.Emit("got", Convert.ToHexString(bytes), text)));
        const string Header = """451-["bin",{"_placeholder":true,"num":0},"é"]""";
        var header = Encoding.UTF8.GetBytes(Header);
        foreach (var payload in (byte[][])
        [
            Encoding.UTF8.GetBytes(OldPolling.Join(Header, "b4AQL/")),
            [0, (byte)(header.Length / 10), (byte)(header.Length % 10), 0xff, .. header, 1, 4, 0xff, 4, 1, 2, 0xff],
        ])
        {
            using var client = await OldPolling.OpenAsync(node);
            using var answer = await client.PostAsync(payload, contentType);
            Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
            Assert.Equal(["""42["got","0102FF","\u00e9"]"""], await client.PollAsync());
        }
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [Trait("Feature", "P-41")]
    public async Task A_method_that_a_session_has_not_is_answered_with_those_that_it_has(string method)
    {
        await using var node = await StartAsync();
        using var client = await OldPolling.OpenAsync(node);

        using var answer = await client.SendAsync(new HttpMethod(method));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "POST"], answer.Content.Headers.Allow);
        await client.SendAsync("2");
        Assert.Equal(["3"], await client.PollAsync());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-45")]
    public async Task What_only_two_of_its_own_kind_understand_is_passed_over(string transport)
    {
        await using var node = await StartAsync(static socket => socket.On("sum", static (int a, int b) => a + b));
        using var client = await OldClient.ConnectAsync(node, transport, "&SIO=5&server_mtu=100&server_textmtu=100&server_inflight=1&server_delayack=20&pingTimeout=1&prio=1");

        await client.SendAsync("""0{"EIO":4,"pingTimeout":1,"server_mtu":100}""");
        await client.SendAsync("""420["sio_protocol",{"SIO":5,"maxdelay":20000}]""");
        await client.SendAsync("""421["sum",19,23]""");

        Assert.Equal("431[42]", await client.ReceiveAsync());
        Assert.Equal(1, node.Io.Engine.ClientsCount);
    }

    private static Task<Node> StartAsync(Action<Socket>? onConnection = null, Action<SocketIOOptions>? configure = null, Action<WebApplicationBuilder>? build = null) => Node.StartAsync(
        options =>
        {
            options.Generations = Generations.EngineIO3;
            configure?.Invoke(options);
        },
        build,
        app => app.MapSocketIO(io => io.OnConnection(socket => onConnection?.Invoke(socket))));

    private static async Task<byte[]> GunzipAsync(byte[] body)
    {
        using var plain = new MemoryStream();
        await using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        await gzip.CopyToAsync(plain);
        return plain.ToArray();
    }

    private static async Task<(bool IsCompressed, string Text)> ReadFrameAsync(RawConnection connection)
    {
        var head = await ReadAsync(connection, 2);
        var length = head[1] == 126 ? BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(connection, 2)) : head[1];
        var payload = await ReadAsync(connection, length);
        if ((head[0] & 0x40) == 0)
        {
            return (false, Encoding.UTF8.GetString(payload));
        }

        using var inflated = new StreamReader(new DeflateStream(new MemoryStream([.. payload, 0, 0, 0xff, 0xff]), CompressionMode.Decompress));
        return (true, await inflated.ReadToEndAsync());
    }

    private static async Task<byte[]> ReadAsync(RawConnection connection, int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var more = await connection.ReceiveAsync(bytes.AsMemory(read));
            Assert.True(more > 0, "The connection has ended.");
            read += more;
        }

        return bytes;
    }

    private sealed record Picture(byte[] Image, Picture.Small[] Of)
    {
        public sealed record Small(byte[] Thumb);
    }
}
