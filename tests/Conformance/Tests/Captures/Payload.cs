// What the harness knows of the old payloads is its own and not the server's, so that a mistake is not made twice; every recording proves it.
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SocketIO.Conformance.Tests;

/// <summary>How one or several packets are written in one body, message, part or script.</summary>
internal abstract class Payload
{
    /// <summary>An answer without a packet, such as a poll of generation A that has waited long enough.</summary>
    public const string Empty = "(empty)";

    /// <summary>What marks a binary packet of Engine.IO in its text; its bytes follow in hexadecimal.</summary>
    private const string Binary = "b4:";

    /// <summary>Engine.IO 2 and 3: <c>length:packet…</c>, binary as base64.</summary>
    public static Payload EngineText { get; } = new EngineTextPayload();

    /// <summary>Engine.IO 2 and 3: the binary form.</summary>
    public static Payload EngineBinary { get; } = new EngineBinaryPayload(1);

    /// <summary>The same as server 1.0.2 wrote it: a byte above 7F counts as two.</summary>
    public static Payload EngineBinaryMiscounted { get; } = new EngineBinaryPayload(2);

    /// <summary>Engine.IO 2 and 3 on a WebSocket: a packet in a message.</summary>
    public static Payload EngineMessage { get; } = new EngineMessagePayload();

    /// <summary>Generation B: one packet as it is, several framed with U+FFFD.</summary>
    public static Payload ProtocolOne { get; } = new ProtocolOnePayload();

    /// <summary>Generations 0, A and D, told apart by their first character.</summary>
    public static Payload Founders { get; } = new FoundersPayload();

    public override string ToString() => GetType().Name;

    public abstract IReadOnlyList<string> Decode(ReadOnlySpan<byte> data);

    /// <param name="packets">The packets, as decoding gave them.</param>
    /// <param name="sample">What they were decoded from, where it decides between forms.</param>
    public abstract byte[] Encode(IReadOnlyList<string> packets, ReadOnlySpan<byte> sample);

    public static bool IsBinary(string packet) => packet.StartsWith(Binary, StringComparison.Ordinal);

    private static string FromBytes(ReadOnlySpan<byte> data) => Binary + Convert.ToHexStringLower(data);

    private static byte[] ToBytes(string packet) => Convert.FromHexString(packet.AsSpan(Binary.Length));

    /// <summary>Takes a number and the mark behind it from the start of a text.</summary>
    private static int TakeLength(ref string text, string before, string after)
    {
        var end = text.StartsWith(before, StringComparison.Ordinal) ? text.IndexOf(after, before.Length, StringComparison.Ordinal) : -1;
        if (end < 0 || !int.TryParse(text.AsSpan(before.Length, end - before.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > text.Length - end - after.Length)
        {
            throw new FormatException($"There is no length at: {text}");
        }

        text = text[(end + after.Length)..];
        return length;
    }

    private static string Take(ref string text, int length)
    {
        var taken = text[..length];
        text = text[length..];
        return taken;
    }

    private static byte[] Join(IEnumerable<string> parts) => Encoding.UTF8.GetBytes(string.Concat(parts));

    private sealed class EngineTextPayload : Payload
    {
        public override IReadOnlyList<string> Decode(ReadOnlySpan<byte> data)
        {
            var packets = new List<string>();
            for (var text = Encoding.UTF8.GetString(data); text.Length > 0;)
            {
                var packet = Take(ref text, TakeLength(ref text, "", ":"));
                packets.Add(packet.StartsWith("b4", StringComparison.Ordinal) ? FromBytes(Convert.FromBase64String(packet[2..])) : packet);
            }

            return packets;
        }

        public override byte[] Encode(IReadOnlyList<string> packets, ReadOnlySpan<byte> sample) => Join(packets
            .Select(static packet => IsBinary(packet) ? "b4" + Convert.ToBase64String(ToBytes(packet)) : packet)
            .Select(static packet => $"{packet.Length}:{packet}"));
    }

    private sealed class EngineBinaryPayload(int weight) : Payload
    {
        public override string ToString() => base.ToString() + (weight == 1 ? "" : ", miscounted");

        public override IReadOnlyList<string> Decode(ReadOnlySpan<byte> data)
        {
            var packets = new List<string>();
            while (data.Length > 0)
            {
                var mark = data.IndexOf((byte)0xff);
                var length = 0;
                foreach (var digit in data[1..mark])
                {
                    length = (length * 10) + digit;
                }

                var rest = data[(mark + 1)..];
                var count = 0;
                for (; length > 0 && count < rest.Length; count++)
                {
                    length -= rest[count] > 0x7f ? weight : 1;
                }

                if (length != 0)
                {
                    throw new FormatException("A packet is shorter than its length.");
                }

                packets.Add(Packet(data[0], rest[..count]));
                data = rest[count..];
            }

            return packets;
        }

        public override byte[] Encode(IReadOnlyList<string> packets, ReadOnlySpan<byte> sample) => [.. packets.SelectMany(packet =>
        {
            var data = EngineMessage.Encode([packet], []);
            var length = data.Sum(value => value > 0x7f ? weight : 1);
            var digits = length.ToString(CultureInfo.InvariantCulture).Select(static digit => (byte)(digit - '0'));
            return (byte[])[(byte)(IsBinary(packet) ? 1 : 0), .. digits, 0xff, .. data];
        })];

        private static string Packet(byte kind, ReadOnlySpan<byte> data) => kind switch
        {
            0 => Encoding.UTF8.GetString(data),
            1 when data[0] == 4 => FromBytes(data[1..]),
            _ => throw new FormatException($"{kind} is no kind of packet."),
        };
    }

    private sealed class EngineMessagePayload : Payload
    {
        public override IReadOnlyList<string> Decode(ReadOnlySpan<byte> data) => data[0] == 4 ? [FromBytes(data[1..])] : [Encoding.UTF8.GetString(data)];

        public override byte[] Encode(IReadOnlyList<string> packets, ReadOnlySpan<byte> sample) =>
            IsBinary(packets[0]) ? [4, .. ToBytes(packets[0])] : Encoding.UTF8.GetBytes(packets[0]);
    }

    private sealed class ProtocolOnePayload : Payload
    {
        private const string Mark = "\ufffd";

        public override IReadOnlyList<string> Decode(ReadOnlySpan<byte> data)
        {
            var text = Encoding.UTF8.GetString(data);
            if (!text.StartsWith(Mark, StringComparison.Ordinal))
            {
                return [text];
            }

            var packets = new List<string>();
            while (text.Length > 0)
            {
                packets.Add(Take(ref text, TakeLength(ref text, Mark, Mark)));
            }

            return packets;
        }

        public override byte[] Encode(IReadOnlyList<string> packets, ReadOnlySpan<byte> sample) =>
            Join(packets.Count == 1 ? packets : packets.Select(static packet => $"{Mark}{packet.Length}{Mark}{packet}"));
    }

    private sealed class FoundersPayload : Payload
    {
        // Generation 0 on a WebSocket; the client takes no notice of it.
        private const string Heartbeat = "{\"heartbeat\":\"1\"}";

        public override IReadOnlyList<string> Decode(ReadOnlySpan<byte> data)
        {
            var text = Encoding.UTF8.GetString(data);
            if (text.Length == 0)
            {
                return [Empty];
            }

            if (text == Heartbeat)
            {
                return [text];
            }

            if (text[0] == '{')
            {
                return JsonSerializer.Deserialize<Dictionary<string, string[]>>(text)!["messages"];
            }

            var packets = new List<string>();
            while (text.Length > 0)
            {
                packets.Add(text[0] == '~' ? Take(ref text, TakeLength(ref text, "~m~", "~m~")) : TakeStreamed(ref text));
            }

            return packets;
        }

        public override byte[] Encode(IReadOnlyList<string> packets, ReadOnlySpan<byte> sample) => sample.Length == 0 ? [] : sample[0] switch
        {
            (byte)'{' when packets is [Heartbeat] => Encoding.UTF8.GetBytes(Heartbeat),
            (byte)'{' => Encoding.UTF8.GetBytes($"{{\"messages\":[{string.Join(',', packets.Select(ScriptText.Stringify))}]}}"),
            (byte)'~' => Join(packets.Select(static packet => $"~m~{packet.Length}~m~{packet}")),
            _ => Join(packets.Select(static packet => $"{packet[0]}:{packet.Length - 2}:{packet[2..]},")),
        };

        /// <summary>A packet of generation D, given as its type, a colon and its data.</summary>
        private static string TakeStreamed(ref string text)
        {
            var type = Take(ref text, 2);
            var packet = type + Take(ref text, TakeLength(ref text, "", ":"));
            return type[1] == ':' && Take(ref text, 1) == "," ? packet : throw new FormatException($"A packet of generation D ends before: {text}");
        }
    }
}
