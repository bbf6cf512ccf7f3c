using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;

namespace SocketIO.Protocol.Tests;

public class PacketFuzzTests
{
    private static readonly byte[][] TextSamples = Utf8(
        "0", "0/custom,{\"token\":\"123\"}", "1/custom,", "2[\"hello\",1,{\"a\":[1,2.5,null,true]}]", "2/custom,12[\"é😀\\u00e9\\ud83d\\ude00\"]", "313[\"ok\",\"\\n\"]", "4{\"message\":\"x\"}",
        "51-[\"a\",{\"_placeholder\":true,\"num\":0}]", "62-/x,7[{\"num\":1,\"_placeholder\":true},[{\"_placeholder\":true,\"num\":0}]]");

    private static readonly byte[][] OldTextSamples =
    [
        .. TextSamples,
        .. Utf8("0/chat?token=1", "1/chat", "30-0[\"got\",1]", "30-/chat,0[\"x\"]", "31-1[{\"_placeholder\":true,\"num\":0}]", "50-[\"a\"]", "4/chat,\"é😀\"", "4[null]", "4{\"message\":\"m\",\"data\":0}"),
    ];

    private static readonly byte[][] TextDictionary = Utf8(
        "-", ",", "/", "[", "]", "{", "}", "\"", "\\", "\\u", "\\ud800", "\\udc00", "\\u0000", "1", "0", "99999999999999999999", "1e999", "-0", "0.5", "null", "true", "false",
        "{\"_placeholder\":true,\"num\":0}", "\"_placeholder\":true,", "\"num\":1", "\"num\":0,", "disconnect", "connect", " ", "\n", "\ufeff", "[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]");

    private static readonly byte[][] PackDictionary =
    [
        [0xc0], [0xc1], [0xc2], [0xc3], [0xc4, 1, 1], [0xc5, 0, 1, 1], [0xc6, 0xff, 0xff, 0xff, 0xff], [0xc7, 2, 0, 1, 2], [0xc7, 1, 5, 1], [0xc9, 0x7f, 0xff, 0xff, 0xff, 0],
        [0xca, 0x7f, 0xc0, 0, 0], [0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], [0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0], [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0],
        [0xd4, 0, 0], [0xd4, 1, 0], [0xd7, 0, 0, 0, 1, 0x8b, 0xcf, 0xe5, 0x68, 0x7b], [0xd7, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xd9, 3, 0xed, 0xa0, 0x80], [0xdb, 0x7f, 0xff, 0xff, 0xff],
        [0xdc, 0, 2], [0xdd, 0xff, 0xff, 0xff, 0xff], [0xde, 0, 1], [0xdf, 0x80, 0, 0, 0], [0x91, 0x91, 0x91, 0x91], [0x81, 1, 2], [0x92], [0xff], [0x90], [0x80],
    ];

    [Fact]
    public void Any_text_is_decoded_or_refused_and_what_is_decoded_survives_both_parsers() => Fuzz.Rounds(40_000, random =>
    {
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default);
        var text = random.Next(10) == 0 ? Fuzz.Bytes(random, 40) : Fuzz.Mutate(random, TextSamples, TextDictionary);
        try
        {
            var complete = decoder.Decode(text, isBinary: false, out var packet);
            while (!complete)
            {
                Assert.True(decoder.IsWaitingForAttachments);
                complete = decoder.Decode(Fuzz.Bytes(random, 3), isBinary: true, out packet);
            }

            AssertSurvivesJson(packet);
            if (!packet.Payload.IsEmpty)
            {
                AssertSurvivesMessagePack(packet);
            }
        }
        catch (PacketFormatException)
        {
            Assert.False(decoder.IsWaitingForAttachments);
        }
    });

    [Fact]
    public void Any_text_of_an_old_client_is_decoded_or_refused_and_what_is_decoded_goes_out_as_ASCII() => Fuzz.Rounds(40_000, random =>
    {
        var decoder = PacketParser.JsonV4.CreateDecoder(PacketLimits.Default);
        var text = random.Next(10) == 0 ? Fuzz.Bytes(random, 40) : Fuzz.Mutate(random, OldTextSamples, TextDictionary);
        try
        {
            var complete = decoder.Decode(text, isBinary: false, out var packet);
            while (!complete)
            {
                Assert.True(decoder.IsWaitingForAttachments);
                complete = decoder.Decode(Fuzz.Bytes(random, 3), isBinary: true, out packet);
            }

            AssertSurvivesJsonV4(PacketParser.JsonV4.Encoder, packet);
            AssertSurvivesJsonV4(decoder.Encoder ?? PacketParser.JsonV4.Encoder, packet);
        }
        catch (PacketFormatException)
        {
            Assert.False(decoder.IsWaitingForAttachments);
        }
    });

    [Fact]
    public void Any_MessagePack_is_decoded_or_refused_and_what_is_decoded_survives_both_parsers()
    {
        var samples = Vectors.Read<Sample>("packets.json").Concat(Vectors.Read<Sample>("messagepack-messages.json"))
            .Select(vector => Convert.FromHexString(vector.MessagePack)).ToArray();
        Fuzz.Rounds(40_000, random =>
        {
            var decoder = PacketParser.MessagePack.CreateDecoder(PacketLimits.Default);
            var message = random.Next(10) == 0 ? Fuzz.Bytes(random, 40) : Fuzz.Mutate(random, samples, PackDictionary);
            Packet packet;
            try
            {
                decoder.Decode(message, isBinary: true, out packet);
            }
            catch (PacketFormatException)
            {
                return;
            }

            AssertSurvivesMessagePack(packet);

            // The text form has no word for a comma in a namespace, nor for attachments where no array is.
            if (packet.Namespace.Span.Contains((byte)',') || (packet.Type is PacketType.Connect or PacketType.ConnectError && !packet.Attachments.IsEmpty))
            {
                return;
            }

            if (packet.Attachments.Length <= PacketLimits.Default.MaxAttachments)
            {
                AssertSurvivesJson(packet);
            }
        });
    }

    [Fact]
    public void A_stream_of_messages_never_confuses_a_decoder() => Fuzz.Rounds(4_000, random =>
    {
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default with { MaxAttachments = 2 });
        for (var i = 0; i < 20; i++)
        {
            var isBinary = random.Next(2) == 0;
            var wasWaiting = decoder.IsWaitingForAttachments;
            try
            {
                var complete = decoder.Decode(isBinary ? Fuzz.Bytes(random, 3) : Fuzz.Mutate(random, TextSamples, TextDictionary), isBinary, out _);
                Assert.Equal(isBinary, wasWaiting);
                Assert.Equal(!complete, decoder.IsWaitingForAttachments);
            }
            catch (PacketFormatException)
            {
                Assert.False(decoder.IsWaitingForAttachments);
            }

            if (random.Next(3) == 0)
            {
                decoder.Release();
            }
        }
    });

    [Fact]
    public void A_connection_that_falls_silent_after_a_big_packet_keeps_no_buffers()
    {
        var big = PacketParser.MessagePack.Encode(PacketText.Make(PacketType.Event, payload: $"[\"a\",\"{new string('x', 200_000)}\"]"));
        var many = PacketText.Utf8($"2[{string.Join(',', Enumerable.Repeat("1", PacketLimits.Default.MaxArguments))}]");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var decoders = new List<PacketDecoder>();
        for (var i = 0; i < 2_000; i++)
        {
            decoders.Add(PacketParser.MessagePack.CreateDecoder(PacketLimits.Default));
            decoders[^1].Decode(big, isBinary: true, out _);
            decoders[^1].Release();
            decoders.Add(PacketParser.Json.CreateDecoder(PacketLimits.Default));
            decoders[^1].Decode(many, isBinary: false, out _);
            decoders[^1].Release();
        }

        // They would hold 500 MB; other tests run meanwhile.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 150_000_000);
        GC.KeepAlive(decoders);
    }

    private static void AssertSurvivesJson(in Packet packet)
    {
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default);
        var complete = decoder.Decode(PacketParser.Json.Encode(packet), isBinary: false, out var again);
        foreach (var attachment in packet.Attachments.ToArray())
        {
            Assert.False(complete);
            complete = decoder.Decode(attachment, isBinary: true, out again);
        }

        Assert.True(complete);
        Assert.Equal(PacketText.Describe(packet), PacketText.Describe(again));
        AssertArguments(again);
    }

    private static void AssertSurvivesJsonV4(PacketEncoder encoder, in Packet packet)
    {
        var output = new ArrayBufferWriter<byte>();
        encoder.Encode(packet, output);
        var decoder = PacketParser.JsonV4.CreateDecoder(PacketLimits.Default);
        var complete = decoder.Decode(output.WrittenMemory, isBinary: false, out var again);
        foreach (var attachment in packet.Attachments.ToArray())
        {
            Assert.False(complete);
            complete = decoder.Decode(attachment, isBinary: true, out again);
        }

        Assert.True(complete);
        if (packet.Type is PacketType.Event or PacketType.Ack)
        {
            var ascii = string.Concat(PacketText.Text(packet.Payload).Select(unit => unit > 0x7e ? $"\\u{(int)unit:x4}" : unit.ToString()));
            Assert.Equal(PacketText.Describe(new Packet(packet.Type, packet.Namespace, packet.Id, PacketText.Utf8(ascii), packet.Attachments)), PacketText.Describe(again));
            AssertArguments(again);
        }
        else
        {
            // An error that is a number reads like an id, of which errors have none.
            Assert.Equal((packet.Type, PacketText.Text(packet.Namespace)), (again.Type, PacketText.Text(again.Namespace)));
            Assert.Equal(-1, again.Payload.Span.IndexOfAnyExceptInRange((byte)0, (byte)0x7e));
        }
    }

    private static void AssertSurvivesMessagePack(in Packet packet)
    {
        Assert.True(PacketParser.MessagePack.CreateDecoder(PacketLimits.Default).Decode(PacketParser.MessagePack.Encode(packet), isBinary: true, out var again));
        Assert.Equal((packet.Type, packet.Id, PacketText.Text(packet.Namespace)), (again.Type, again.Id, PacketText.Text(again.Namespace)));
        AssertArguments(again);

        // In its second form nothing is left to be normalized.
        Assert.True(PacketParser.MessagePack.CreateDecoder(PacketLimits.Default).Decode(PacketParser.MessagePack.Encode(again), isBinary: true, out var third));
        Assert.Equal(PacketText.Describe(again), PacketText.Describe(third));
    }

    private static void AssertArguments(in Packet packet)
    {
        if (packet.Type is PacketType.Event or PacketType.Ack && !packet.Payload.IsEmpty)
        {
            var elements = new List<string>();
            for (var index = 0; index < packet.Arguments.Length; index++)
            {
                elements.Add(PacketText.Text(packet.GetArgument(index)));
            }

            // Throws if an element is not JSON.
            var array = (JsonArray)JsonNode.Parse(PacketText.Text(packet.Payload))!;
            Assert.Equal(array.Count, JsonNode.Parse($"[{string.Join(',', elements)}]")!.AsArray().Count);
        }
        else
        {
            Assert.True(packet.Arguments.IsEmpty);
        }
    }

    private static byte[][] Utf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private sealed record Sample(string MessagePack);
}
