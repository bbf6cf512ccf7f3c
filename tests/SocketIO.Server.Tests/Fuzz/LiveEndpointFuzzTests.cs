using System.Buffers;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>
/// Random and mutated input against a server on a real port. After every round the server must answer a healthy client, must have
/// logged no error, and must in the end hold nothing of those who came.
/// </summary>
[Collection(FuzzCollection.Name)]
public class LiveEndpointFuzzTests
{
    private static readonly WebSocketOpcode[] Opcodes =
        [WebSocketOpcode.Text, WebSocketOpcode.Text, WebSocketOpcode.Binary, WebSocketOpcode.Continuation, WebSocketOpcode.Ping, WebSocketOpcode.Pong, WebSocketOpcode.Close, (WebSocketOpcode)3, (WebSocketOpcode)11];

    [Fact]
    public async Task Any_request_is_answered_or_its_connection_closed()
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(700, async random =>
        {
            var session = await RawPolling.OpenAsync(target.Address);
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var request = random.Next(10) == 0
                    ? Fuzz.Bytes(random, 400)
                    : Replace(Fuzz.Mutate(random, FuzzSamples.Requests, FuzzSamples.RequestDictionary), "{sid}", session.Id);
                using var connection = await RawConnection.OpenAsync(target.Address);
                await connection.SendAsync(request);
                await connection.FinishAsync();
            }
        });
    }

    [Fact]
    public async Task Any_payload_of_a_polling_session_is_taken_or_ends_that_session()
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(400, async random =>
        {
            var session = await RawPolling.OpenAsync(target.Address);
            using var poll = await RawConnection.OpenAsync(target.Address);
            await poll.SendAsync(session.Request("GET"));
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                using var post = await RawConnection.OpenAsync(target.Address);
                await post.SendAsync(session.Request("POST", Payload(random)));
                if (random.Next(4) != 0)
                {
                    Assert.StartsWith("HTTP/1.1 ", await post.ReceiveResponseAsync(), StringComparison.Ordinal);
                }
            }

            await poll.FinishAsync();
        });
    }

    [Fact]
    public async Task Any_packet_over_a_WebSocket_is_taken_or_ends_that_connection()
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(700, random => SendAsync(target.Address, "/socket.io/", "40", random, () =>
        {
            var isBinary = random.Next(6) == 0;
            var packet = isBinary || random.Next(10) == 0 ? Fuzz.Bytes(random, 60) : Fuzz.Mutate(random, FuzzSamples.Packets, FuzzSamples.PacketDictionary);
            return RawConnection.Frame(isBinary ? WebSocketOpcode.Binary : WebSocketOpcode.Text, packet, (uint)random.Next());
        }));
    }

    [Fact]
    public async Task Any_MessagePack_over_a_WebSocket_is_taken_or_ends_that_connection()
    {
        await using var target = await FuzzTarget.StartAsync();
        var connect = FuzzSamples.MessagePackPackets[0];
        await target.RunAsync(700, random => SendAsync(target.Address, FuzzTarget.MessagePackPath, null, random, () =>
        {
            var packet = random.Next(10) switch
            {
                0 => Fuzz.Bytes(random, 60),
                1 => connect,
                _ => Fuzz.Mutate(random, FuzzSamples.MessagePackPackets, FuzzSamples.MessagePackDictionary),
            };
            return RawConnection.Frame(random.Next(20) == 0 ? WebSocketOpcode.Text : WebSocketOpcode.Binary, packet, (uint)random.Next());
        }));
    }

    [Fact]
    public async Task Any_frames_are_taken_or_end_their_connection()
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(700, random => SendAsync(target.Address, "/socket.io/", "40", random, () => AnyFrame(random)));
    }

    [Fact]
    public async Task An_upgrade_in_any_order_ends_well_or_ends_the_session()
    {
        await using var target = await FuzzTarget.StartAsync();
        byte[][] steps = [RawConnection.Text("2probe"), RawConnection.Text("5"), RawConnection.Text("40"), RawConnection.Text("3"), RawConnection.Text("6"), RawConnection.Text("1"), RawConnection.Text("420[\"sum\",1,2]")];
        await target.RunAsync(400, async random =>
        {
            var session = await RawPolling.OpenAsync(target.Address);
            using var poll = await RawConnection.OpenAsync(target.Address);
            using var probe = await RawConnection.OpenAsync(target.Address);
            await probe.SendAsync(RawConnection.UpgradeRequest("/socket.io/", "&sid=" + session.Id));
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                switch (random.Next(6))
                {
                    case 0:
                        await poll.SendAsync(session.Request("GET"));
                        break;
                    case 1:
                        using (var post = await RawConnection.OpenAsync(target.Address))
                        {
                            await post.SendAsync(session.Request("POST", Payload(random)));
                        }

                        break;
                    case 2:
                        await probe.SendAsync(AnyFrame(random));
                        break;
                    case 3:
                        using (var other = await RawConnection.OpenAsync(target.Address))
                        {
                            await other.SendAsync(RawConnection.UpgradeRequest("/socket.io/", "&sid=" + session.Id));
                            await other.FinishAsync();
                        }

                        break;
                    default:
                        await probe.SendAsync(steps[random.Next(4) == 0 ? random.Next(steps.Length) : random.Next(2)]);
                        break;
                }
            }

            await probe.FinishAsync();
            await poll.FinishAsync();
        });
    }

    private static async Task SendAsync(Uri address, string path, string? first, Random random, Func<byte[]> next)
    {
        using var connection = await RawConnection.OpenWebSocketAsync(address, path, headers: random.Next(3) == 0 ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "");
        if (first is not null && random.Next(8) != 0)
        {
            await connection.SendAsync(RawConnection.Text(first));
        }

        for (var i = random.Next(1, 12); i > 0; i--)
        {
            var bytes = next();
            // Sometimes in pieces.
            var cut = random.Next(4) == 0 ? random.Next(bytes.Length + 1) : bytes.Length;
            if (!await connection.SendAsync(bytes.AsMemory(0, cut)) || !await connection.SendAsync(bytes.AsMemory(cut)))
            {
                break;
            }
        }

        if (random.Next(4) == 0)
        {
            // Gone without a word, and without having read anything.
            return;
        }

        await connection.FinishAsync();
    }

    private static byte[] AnyFrame(Random random)
    {
        var payload = random.Next(4) == 0 ? Fuzz.Bytes(random, random.Next(20) == 0 ? 80_000 : 200) : Fuzz.Mutate(random, FuzzSamples.Packets, FuzzSamples.PacketDictionary);
        var frame = RawConnection.Frame(Opcodes[random.Next(Opcodes.Length)], payload, (uint)random.Next(), isFinal: random.Next(4) != 0);
        switch (random.Next(12))
        {
            case 0:
                return Fuzz.Mutate(random, [frame], [[0x81, 0x80, 0, 0, 0, 0], [0xff], [0x7f], [0x00]]);
            case 1:
                // Says that it is compressed.
                frame[0] |= 0x40;
                break;
            case 2:
                frame[0] ^= (byte)(1 << random.Next(8));
                break;
            case 3:
                // Announces more than it may, or than there is.
                frame = [frame[0], 0xff, .. Fuzz.Bytes(random, 12)];
                break;
            case 4:
                var deflated = new ArrayBufferWriter<byte>();
                PerMessageDeflate.Compress(random.Next(3) == 0 ? new byte[1_000_000] : payload, deflated);
                frame = RawConnection.Frame(WebSocketOpcode.Text, deflated.WrittenSpan, (uint)random.Next());
                frame[0] |= 0x40;
                break;
        }

        return frame;
    }

    private static byte[] Payload(Random random)
    {
        List<byte> payload = [];
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            if (payload.Count > 0)
            {
                payload.Add(0x1e);
            }

            payload.AddRange(random.Next(3) == 0 ? Fuzz.Mutate(random, FuzzSamples.Packets, FuzzSamples.PacketDictionary) : FuzzSamples.Packets[random.Next(FuzzSamples.Packets.Length)]);
        }

        return random.Next(20) == 0 ? [.. payload, .. new byte[70_000]] : [.. payload];
    }

    private static byte[] Replace(byte[] bytes, string placeholder, string value) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace(placeholder, value, StringComparison.Ordinal));
}
