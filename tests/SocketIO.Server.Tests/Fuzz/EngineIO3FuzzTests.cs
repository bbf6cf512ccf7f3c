using System.Globalization;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>The same as <see cref="LiveEndpointFuzzTests"/> for clients 1.0 to 2.5.</summary>
[Collection(FuzzCollection.Name)]
public class EngineIO3FuzzTests
{
    private static readonly byte[][] PayloadDictionary = Array.ConvertAll(
        ["0:", ":", "1:2", "2:40", "99999999999:", "-1:", "b", "b4", "b4AQID", "\u00c3\u00a9", "\ud83d\ude00", "é", "40/any?a=1&a=2&%", "40/any?", "30-0[]", "31-0[]"],
        Encoding.UTF8.GetBytes);

    private static readonly byte[][] BinaryDictionary = [[0], [1], [0xff], [4], [0, 1, 0xff], [1, 4, 0xff, 4, 1, 2, 3], [0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0xff], [0, 2, 0xff, 0x34, 0x30]];

    private static readonly string[] Queries =
        ["EIO=3&transport=polling", "EIO=3&transport=polling&b64=1", "EIO=2&transport=polling", "EIO=3&transport=polling&j=0"];

    [Fact]
    public async Task Any_payload_of_a_polling_session_is_taken_or_ends_that_session()
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(400, async random =>
        {
            var session = await RawPolling.OpenAsync(target.Address, Queries[random.Next(Queries.Length)]);
            using var poll = await RawConnection.OpenAsync(target.Address);
            await poll.SendAsync(session.Request("GET"));
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                using var post = await RawConnection.OpenAsync(target.Address);
                await post.SendAsync(random.Next(3) == 0
                    ? session.Request("POST", Fuzz.Mutate(random, BinaryDictionary, BinaryDictionary), "application/octet-stream")
                    : session.Request("POST", Payload(random)));
                if (random.Next(4) != 0)
                {
                    Assert.StartsWith("HTTP/1.1 ", await post.ReceiveResponseAsync(), StringComparison.Ordinal);
                }
            }

            await poll.FinishAsync();
        });
    }

    [Fact]
    public async Task Any_message_over_a_WebSocket_is_taken_or_ends_that_connection()
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(400, async random =>
        {
            using var connection = await RawConnection.OpenAsync(target.Address);
            await connection.SendAsync(RawConnection.UpgradeRequest("/socket.io/", random.Next(2) == 0 ? "&b64=1" : "", eio: random.Next(2, 4)));
            for (var i = random.Next(1, 12); i > 0; i--)
            {
                var isBinary = random.Next(4) == 0;
                var message = isBinary ? Fuzz.Mutate(random, BinaryDictionary, BinaryDictionary) : Packet(random);
                if (!await connection.SendAsync(RawConnection.Frame(isBinary ? WebSocketOpcode.Binary : WebSocketOpcode.Text, message, (uint)random.Next())))
                {
                    break;
                }
            }

            await connection.FinishAsync();
        });
    }

    private static byte[] Packet(Random random) => Fuzz.Mutate(random, FuzzSamples.Packets, random.Next(2) == 0 ? PayloadDictionary : FuzzSamples.PacketDictionary);

    private static byte[] Payload(Random random)
    {
        List<byte> payload = [];
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var packet = random.Next(2) == 0 ? FuzzSamples.Packets[random.Next(FuzzSamples.Packets.Length)] : Packet(random);
            payload.AddRange(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetCharCount(packet)}:")));
            payload.AddRange(packet);
        }

        return random.Next(4) == 0 ? Fuzz.Mutate(random, [[.. payload]], PayloadDictionary) : [.. payload];
    }
}
