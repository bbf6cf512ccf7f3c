using System.Buffers;
using System.Globalization;
using System.Numerics;

namespace SocketIO.Protocol.Tests;

/// <summary>
/// Random conversations, whole and damaged, in random pieces. Each round has a seed of its own, named when it fails.
/// SOCKETIO_FUZZ_FACTOR multiplies the number of rounds.
/// </summary>
public class WebSocketFuzzTests
{
    private static readonly int Factor = int.Parse(Environment.GetEnvironmentVariable("SOCKETIO_FUZZ_FACTOR") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public void A_whole_conversation_is_understood_however_it_arrives() => Repeat(4000, random =>
    {
        bool deflate = random.Next(2) == 0;
        bool masked = random.Next(4) != 0;
        int limit = 1 << random.Next(8, 17);
        Conversation conversation = Converse(random, limit, masked, deflate);
        using var reader = new WebSocketMessageReader(limit, masked, deflate);

        List<(WebSocketOpcode, byte[])> messages = Feed(reader, random, [.. conversation.Bytes], limit, out int unconsumed);

        Assert.Equal(conversation.Messages.Select(Describe), messages.Select(Describe));
        Assert.Equal(0, unconsumed);
        Assert.Equal(0, reader.BufferedCapacity);
    });

    [Fact]
    public void A_damaged_conversation_ends_in_messages_or_in_a_close_code() => Repeat(10_000, random =>
    {
        bool deflate = random.Next(2) == 0;
        bool masked = random.Next(4) != 0;
        int limit = 1 << random.Next(1, 14);
        byte[] bytes = Damage(random, [.. Converse(random, 2 * limit, masked, deflate).Bytes]);
        Survive(random, bytes, limit, masked, deflate);
    });

    [Fact]
    public void Random_bytes_end_in_messages_or_in_a_close_code() => Repeat(20_000, random =>
    {
        byte[] bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        if (bytes.Length > 1)
        {
            // Otherwise few would get past their first two bytes.
            bytes[0] &= 0xCF;
            bytes[1] |= 0x80;
        }

        Survive(random, bytes, 1 << random.Next(1, 14), masked: true, deflate: random.Next(2) == 0);
    });

    [Fact]
    public void A_damaged_compressed_payload_is_inflated_or_refused() => Repeat(5000, random =>
    {
        int limit = random.Next(1, 20_000);
        byte[] compressed = random.Next(4) == 0 ? Frames.Bytes(random.Next(100), random.Next()) : Damage(random, Compress(Payload(random, 2 * limit)));

        try
        {
            Assert.InRange(PerMessageDeflate.Decompress(compressed, limit).Length, 0, limit);
        }
        catch (WebSocketProtocolException exception)
        {
            Assert.Contains(exception.CloseCode, (ushort[])[1007, 1009]);
        }
    });

    [Fact]
    public void Any_offer_is_accepted_or_left_alone() => Repeat(20_000, random =>
    {
        string[] parts =
        [
            "permessage-deflate", ";", ",", "=", "\"", " ", "\t", "15", "8", "x", "\\", "\u00e9", "client_max_window_bits", "server_max_window_bits",
            "server_no_context_takeover", "client_no_context_takeover", "permessage-deflate",
        ];
        string offers = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => parts[random.Next(parts.Length)]));

        bool accepted = PerMessageDeflate.TryNegotiate(offers, out string? response);

        Assert.Equal(accepted, response is not null);
        Assert.True(!accepted || offers.Contains("permessage-deflate", StringComparison.Ordinal));
    });

    private static void Repeat(int rounds, Action<Random> round)
    {
        for (int seed = 0; seed < rounds * Factor; seed++)
        {
            Exception? exception = Record.Exception(() => round(new Random(seed)));
            if (exception is not null)
            {
                Assert.Fail($"Seed {seed}: {exception}");
            }
        }
    }

    private static void Survive(Random random, byte[] bytes, int limit, bool masked, bool deflate)
    {
        using var reader = new WebSocketMessageReader(limit, masked, deflate);
        try
        {
            foreach ((WebSocketOpcode opcode, byte[] payload) in Feed(reader, random, bytes, limit, out _))
            {
                Assert.Contains(opcode, (WebSocketOpcode[])[WebSocketOpcode.Text, WebSocketOpcode.Binary, WebSocketOpcode.Close, WebSocketOpcode.Ping, WebSocketOpcode.Pong]);
                Assert.InRange(payload.Length, 0, opcode >= WebSocketOpcode.Close ? 125 : limit);
            }
        }
        catch (WebSocketProtocolException exception)
        {
            Assert.Contains(exception.CloseCode, (ushort[])[1002, 1007, 1009]);
            Assert.Equal(0, reader.BufferedCapacity);
        }
    }

    /// <summary>Gives the bytes to the reader in random chunks of random segments, as a pipe does, and watches what it holds.</summary>
    private static List<(WebSocketOpcode Opcode, byte[] Payload)> Feed(WebSocketMessageReader reader, Random random, byte[] bytes, int limit, out int unconsumed)
    {
        List<(WebSocketOpcode, byte[])> messages = [];
        int largestPiece = 1 << random.Next(1, 16);
        byte[] rest = [];
        int position = 0;
        while (position < bytes.Length)
        {
            List<byte[]> segments = [rest];
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                int count = Math.Min(random.Next(largestPiece + 1), bytes.Length - position);
                segments.Add(bytes[position..(position + count)]);
                position += count;
            }

            ReadOnlySequence<byte> input = Frames.Segmented(segments);
            long before = input.Length;
            while (reader.TryRead(ref input, out WebSocketMessage message))
            {
                messages.Add((message.Opcode, message.Payload.ToArray()));
                AssertBounded(reader, limit);

                Assert.True(input.Length < before, "A message that takes nothing from the input would come for ever.");
                before = input.Length;
            }

            AssertBounded(reader, limit);
            rest = input.ToArray();
            Assert.True(rest.Length < 14 + 125, "Only an incomplete header or control frame may be left to the input.");
        }

        unconsumed = rest.Length;
        return messages;
    }

    // An array of the pool is a power of two of at least 16; beside a message in progress a control frame may be held for the caller.
    private static void AssertBounded(WebSocketMessageReader reader, int limit) =>
        Assert.InRange(reader.BufferedCapacity, 0, Math.Max(16, (long)BitOperations.RoundUpToPowerOf2((uint)limit)) + 128);

    private static Conversation Converse(Random random, int limit, bool masked, bool deflate)
    {
        var conversation = new Conversation([], []);
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            if (random.Next(3) == 0)
            {
                AddControl(conversation, random, masked);
                continue;
            }

            byte[] payload = Payload(random, limit);
            byte[] carried = payload;
            bool compressed = deflate && random.Next(2) == 0;
            if (compressed)
            {
                carried = Compress(payload);
                compressed = carried.Length <= limit;
                carried = compressed ? carried : payload;
            }

            WebSocketOpcode opcode = random.Next(2) == 0 ? WebSocketOpcode.Text : WebSocketOpcode.Binary;
            AddData(conversation, random, opcode, carried, compressed, masked);
            conversation.Messages.Add((opcode, payload));
        }

        return conversation;
    }

    private static void AddData(Conversation conversation, Random random, WebSocketOpcode opcode, byte[] payload, bool compressed, bool masked)
    {
        bool first = true;
        int position = 0;
        bool final;
        do
        {
            final = random.Next(2) == 0;
            int count = final ? payload.Length - position : random.Next(payload.Length - position + 1);
            conversation.Bytes.AddRange(Frame(
                random, first ? opcode : WebSocketOpcode.Continuation, payload.AsSpan(position, count), final, compressed && first, masked));
            first = false;
            position += count;
            if (!final && random.Next(3) == 0)
            {
                AddControl(conversation, random, masked);
            }
        }
        while (!final);
    }

    private static void AddControl(Conversation conversation, Random random, bool masked)
    {
        WebSocketOpcode opcode = random.Next(2) == 0 ? WebSocketOpcode.Ping : WebSocketOpcode.Pong;
        byte[] payload = Payload(random, 125);
        conversation.Bytes.AddRange(Frame(random, opcode, payload, final: true, compressed: false, masked));
        conversation.Messages.Add((opcode, payload));
    }

    private static byte[] Frame(Random random, WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool final, bool compressed, bool masked)
    {
        byte[] frame = masked ? Frames.Masked(opcode, payload, final, compressed, (uint)random.NextInt64()) : Frames.Unmasked(WebSocketOpcode.Binary, payload);
        frame[0] = (byte)((final ? 0x80 : 0) | (compressed ? 0x40 : 0) | (byte)opcode);
        return frame;
    }

    // ASCII, so that it may be text.
    private static byte[] Payload(Random random, int longest)
    {
        byte[] payload = new byte[random.Next(2) == 0 ? random.Next(Math.Min(longest, 200) + 1) : random.Next(longest + 1)];
        int letters = random.Next(1, 128);
        for (int i = 0; i < payload.Length; i++)
        {
            payload[i] = (byte)random.Next(letters);
        }

        return payload;
    }

    private static byte[] Damage(Random random, byte[] bytes)
    {
        List<byte> damaged = [.. bytes];
        for (int i = random.Next(1, 4); i > 0 && damaged.Count > 0; i--)
        {
            // The beginning has the headers; most damage further on would only change a payload.
            int position = random.Next(random.Next(2) == 0 ? Math.Min(20, damaged.Count) : damaged.Count);
            switch (random.Next(4))
            {
                case 0:
                    damaged[position] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    damaged[position] = (byte)random.Next(256);
                    break;
                case 2:
                    damaged.RemoveRange(position, Math.Min(random.Next(1, 10), damaged.Count - position));
                    break;
                default:
                    damaged.InsertRange(position, Frames.Bytes(random.Next(1, 10), random.Next()));
                    break;
            }
        }

        return [.. damaged];
    }

    private static byte[] Compress(ReadOnlySpan<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>();
        PerMessageDeflate.Compress(payload, output);
        return output.WrittenSpan.ToArray();
    }

    private static string Describe((WebSocketOpcode Opcode, byte[] Payload) message) => $"{message.Opcode} {Convert.ToHexString(message.Payload)}";

    private sealed record Conversation(List<byte> Bytes, List<(WebSocketOpcode Opcode, byte[] Payload)> Messages);
}
