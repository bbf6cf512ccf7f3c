using System.Text.Unicode;

namespace SocketIO.Protocol;

/// <summary>Reads a map of <c>type</c>, <c>nsp</c>, <c>data</c> and <c>id</c>; other members are ignored, as clients send some.</summary>
internal sealed class MessagePackPacketDecoder(PacketLimits limits) : PacketDecoder
{
    private readonly PacketLimits _limits = limits;
    private readonly PooledByteWriter _memory = new();
    private ArgumentBuffer _arguments;

    private enum Member
    {
        Type,
        Namespace,
        Data,
        Id,
        Other,
    }

    /// <inheritdoc/>
    public override bool Decode(ReadOnlyMemory<byte> data, bool isBinary, out Packet packet)
    {
        Release();
        if (!isBinary)
        {
            throw new PacketFormatException("A packet in MessagePack is a binary message.");
        }

        try
        {
            packet = DecodeMap(data.Span);
            return true;
        }
        catch (PacketFormatException)
        {
            Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Release()
    {
        _arguments.Clear();
        _memory.Release();
    }

    private Packet DecodeMap(ReadOnlySpan<byte> data)
    {
        var reader = new MessagePackReader(data);
        var transcoder = new MessagePackTranscoder(_memory, _limits);
        var map = reader.Read();
        if (map.Kind != MessagePackKind.Map)
        {
            throw new PacketFormatException("A packet in MessagePack is a map.");
        }

        PacketType? type = null;
        Range? ns = null;
        Range payload = default;
        var id = -1L;
        var seen = 0;
        for (var i = 0; i < map.Count; i++)
        {
            var member = Name(reader.Read());
            if (member != Member.Other && (seen & (1 << (int)member)) != 0)
            {
                throw new PacketFormatException("A member of the packet is there twice.");
            }

            seen |= 1 << (int)member;
            var value = reader.Read();
            switch (member)
            {
                case Member.Type:
                    type = TypeOf(value);
                    break;
                case Member.Namespace:
                    ns = WriteNamespace(value);
                    break;
                case Member.Data when !value.IsUndefined:
                    var start = _memory.Written.Length;
                    transcoder.Write(ref reader, value, 0);
                    payload = start.._memory.Written.Length;
                    break;
                case Member.Id when !value.IsUndefined:
                    id = IdOf(value);
                    break;
                case Member.Other:
                    reader.Skip(value);
                    break;
            }
        }

        if (!reader.IsAtEnd)
        {
            throw new PacketFormatException("Nothing follows the map of a packet.");
        }

        if (type is not { } packetType || ns is not { } packetNamespace)
        {
            throw new PacketFormatException("A packet has a type and a namespace (nsp).");
        }

        var json = _memory.Written;
        var attachments = transcoder.Attachments;
        if (json[payload].IsEmpty)
        {
            if (packetType is PacketType.Event or PacketType.Ack or PacketType.ConnectError)
            {
                throw new PacketFormatException("The packet has no data.");
            }
        }
        else
        {
            PayloadScanner.Scan(json[payload].Span, packetType, attachments.Length, _limits, ref _arguments);
        }

        return new Packet(packetType, json[packetNamespace], id, json[payload], attachments, _arguments.Items);
    }

    private static Member Name(in MessagePackToken key) => key.Kind != MessagePackKind.String
        ? throw new PacketFormatException("The keys of a packet are text.")
        : key.Bytes switch
        {
            [(byte)'t', (byte)'y', (byte)'p', (byte)'e'] => Member.Type,
            [(byte)'n', (byte)'s', (byte)'p'] => Member.Namespace,
            [(byte)'d', (byte)'a', (byte)'t', (byte)'a'] => Member.Data,
            [(byte)'i', (byte)'d'] => Member.Id,
            _ => Member.Other,
        };

    private static PacketType TypeOf(in MessagePackToken value) =>
        IntegerOf(value) is >= (int)PacketType.Connect and <= (int)PacketType.ConnectError and var type
            ? (PacketType)type
            : throw new PacketFormatException("The type of a packet is an integer from 0 to 4.");

    private static long IdOf(in MessagePackToken value) =>
        IntegerOf(value) is >= 0 and var id ? id : throw new PacketFormatException("The id of a packet is an integer and not negative.");

    /// <summary>-1 if it is no integer; whole numbers may come as floats, for in JavaScript there is no difference.</summary>
    private static long IntegerOf(in MessagePackToken value) => value.Kind switch
    {
        MessagePackKind.Integer => value.Integer,
        MessagePackKind.UnsignedInteger => long.MaxValue,
        MessagePackKind.Float when double.IsInteger(value.Float) => (long)value.Float,
        _ => -1,
    };

    private Range WriteNamespace(in MessagePackToken value)
    {
        if (value.Kind != MessagePackKind.String || value.Bytes is not [(byte)'/', ..])
        {
            throw new PacketFormatException("The namespace (nsp) of a packet is text that begins with '/'.");
        }

        if (value.Bytes.Length > _limits.MaxNamespaceBytes)
        {
            throw new PacketFormatException($"A namespace has at most {_limits.MaxNamespaceBytes} bytes.");
        }

        if (!Utf8.IsValid(value.Bytes))
        {
            throw new PacketFormatException("A namespace is valid UTF-8.");
        }

        if (value.Bytes.Length == 1)
        {
            return default(Range);
        }

        var start = _memory.Written.Length;
        _memory.Write(value.Bytes);
        return start.._memory.Written.Length;
    }
}
