using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SocketIO.Protocol.Tests;

public class ProtocolOneVectorTests
{
    /// <summary>Where we write something else than the codec of the time.</summary>
    private static readonly Dictionary<string, string> WrittenOtherwise = new()
    {
        // Servers never send a query; both forms are understood.
        ["1::/test:?test=1"] = "1::/test?test=1",
        // Clients up to 0.8.2 lose a packet with a line separator in it.
        ["5:1+::{\"name\":\"tobi\",\"args\":[1,{\"a\":null},\"\u2028\"]}"] = """5:1+::{"name":"tobi","args":[1,{"a":null},"\u2028"]}""",
        // A text is a text, however it was sent.
        ["4:::\"2\""] = "3:::2",
        // There is no such reason.
        ["7:::undefined"] = "7:::2",
    };

    /// <summary>Where the codec of the time made something up, or nothing, and we refuse the text.</summary>
    private static readonly HashSet<string> Refused =
    [
        "4:::{bad", """5:1::{"name":"x","args":{}}""", "5:::{bad", """6:::1+{"++]""", "6:::x", "9::", "foobar", "",
    ];

    public static TheoryData<int, string> Encoded => Named(Vectors.Read<EncodedVector>("protocol-one-encoded.json").Select(vector => vector.Wire));

    public static TheoryData<int, string> Decoded => Named(Vectors.Read<DecodedVector>("protocol-one-decoded.json").Select(vector => vector.Wire));

    public static TheoryData<int, string> Payloads => Named(Vectors.Read<PayloadVector>("protocol-one-payloads.json").Select(vector => vector.Wire));

    [Theory]
    [MemberData(nameof(Encoded))]
    public void Packets_are_encoded_byte_for_byte_as_by_0_9(int index, string wire)
    {
        var vector = Vectors.Read<EncodedVector>("protocol-one-encoded.json")[index];
        var expected = WrittenOtherwise.GetValueOrDefault(wire) is { } other ? PacketText.Utf8(other).ToArray() : Convert.FromHexString(vector.Hex);

        var written = vector.Packet.ToEnginePacket() is { } own ? ProtocolOneText.Encode(own) : PacketParser.ProtocolOne.Encode(vector.Packet.ToSentPacket());

        Assert.Equal(Encoding.UTF8.GetString(expected), Encoding.UTF8.GetString(written));
    }

    [Theory]
    [MemberData(nameof(Decoded))]
    public void Texts_are_understood_as_by_0_9_or_refused(int index, string wire)
    {
        var vector = Vectors.Read<DecodedVector>("protocol-one-decoded.json")[index];
        if (Refused.Contains(wire))
        {
            Assert.StartsWith("refused", ProtocolOneText.Decode(wire), StringComparison.Ordinal);
            return;
        }

        // A type alone, which the codec of the time did not know yet.
        var expected = wire == "0" ? "Close" : vector.Packet.Describe();
        Assert.Equal(expected, ProtocolOneText.Decode(wire));
    }

    [Theory]
    [MemberData(nameof(Payloads))]
    public void Payloads_are_written_and_read_as_by_0_9(int index, string wire)
    {
        var vector = Vectors.Read<PayloadVector>("protocol-one-payloads.json")[index];
        var packets = vector.Packets.Select(text => new EnginePacket(EnginePacketType.Message, PacketText.Utf8(text))).ToArray();
        var output = new ArrayBufferWriter<byte>();

        Assert.False(ProtocolOneCodec.Instance.EncodePayload(packets, output));

        Assert.Equal(vector.Hex, Convert.ToHexStringLower(output.WrittenSpan));
        Assert.Equal(wire, Encoding.UTF8.GetString(output.WrittenSpan));
        if (vector.Decoded.All(packet => packet.Type is not null))
        {
            var decoded = new List<EnginePacket>();
            ProtocolOneCodec.Instance.DecodePayload(output.WrittenMemory, isBinary: false, decoded);
            Assert.Equal(vector.Decoded.Select(packet => packet.Describe()), decoded.Select(ProtocolOneText.Describe));
        }
    }

    private static TheoryData<int, string> Named(IEnumerable<string> wires)
    {
        var data = new TheoryData<int, string>();
        foreach (var (index, wire) in wires.Index())
        {
            data.Add(index, wire);
        }

        return data;
    }

    private sealed record EncodedVector(VectorPacket Packet, string Wire, string Hex);

    private sealed record DecodedVector(VectorPacket Packet, string Wire);

    private sealed record PayloadVector(string[] Packets, string Wire, string Hex, VectorPacket[] Decoded);

    /// <summary>A packet in the words of the codec of the time.</summary>
    private sealed record VectorPacket(
        string? Type,
        string? Endpoint,
        string? Qs,
        JsonElement? Id,
        JsonElement? AckId,
        JsonElement? Ack,
        JsonElement? Data,
        string? Name,
        JsonElement? Args,
        string? Reason,
        string? Advice)
    {
        private bool IsOfRoot => string.IsNullOrEmpty(Endpoint);

        /// <summary>What is the session's own; null for what is the parser's.</summary>
        public EnginePacket? ToEnginePacket() => Type switch
        {
            "heartbeat" => new EnginePacket(EnginePacketType.Ping),
            "noop" => new EnginePacket(EnginePacketType.Noop),
            "disconnect" when IsOfRoot => new EnginePacket(EnginePacketType.Close),
            "connect" when IsOfRoot => new EnginePacket(EnginePacketType.Open),
            _ => null,
        };

        public string Describe() => Type == "heartbeat" ? nameof(EnginePacketType.Pong)
            : ToEnginePacket() is { } own ? own.Type.ToString()
            : PacketText.Describe(ToReceivedPacket());

        /// <summary>As the server has it that sends it: its ids count from 0.</summary>
        public Packet ToSentPacket() => ToPacket(Number(Id) - (Id is null ? 0 : 1), Number(AckId));

        private Packet ToReceivedPacket() => ToPacket(Number(Id), Number(AckId) - 1);

        private Packet ToPacket(long id, long ackId) => Type switch
        {
            "disconnect" => PacketText.Make(PacketType.Disconnect, Endpoint!),
            "connect" => PacketText.Make(PacketType.Connect, Endpoint + Qs),
            "message" or "json" => Event("message", id, Data?.GetRawText() ?? "null"),
            "event" => Event(Name!, id, Args is { } args && args.GetArrayLength() > 0 ? args.GetRawText()[1..^1] : ""),
            "ack" => PacketText.Make(PacketType.Ack, Endpoint ?? "", ackId, Args is { } values && values.GetArrayLength() > 0 ? values.GetRawText() : ""),
            "error" => PacketText.Make(PacketType.ConnectError, Endpoint ?? "", payload: Error()),
            _ => throw new InvalidOperationException($"There is no packet of type {Type}."),
        };

        private Packet Event(string name, long id, string arguments)
        {
            var payload = arguments.Length == 0 ? $"[\"{name}\"]" : $"[\"{name}\",{arguments}]";
            return PacketText.Make(PacketType.Event, Endpoint ?? "", id, payload) with { IsAutoAcknowledged = Ack is { ValueKind: JsonValueKind.True } };
        }

        private string Error() => (Reason, Advice) switch
        {
            (null or "", _) => "",
            (_, null or "") => $$"""{"message":"{{Reason}}"}""",
            _ => $$$"""{"message":"{{{Reason}}}","data":{"advice":"{{{Advice}}}"}}""",
        };

        private static long Number(JsonElement? value) => value switch
        {
            null => -1,
            { ValueKind: JsonValueKind.String } text => long.Parse(text.GetString()!, CultureInfo.InvariantCulture),
            { } number => number.GetInt64(),
        };
    }
}
