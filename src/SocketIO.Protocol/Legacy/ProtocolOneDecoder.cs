using System.Text.Json;
using System.Text.Unicode;

namespace SocketIO.Protocol;

/// <summary>
/// Reads <c>type ":" [id ["+"]] ":" [endpoint] [":" data]</c>. What the servers of the time passed over in silence is no packet here either:
/// heartbeats, noops, and events with reserved names. What they made up of malformed data is refused.
/// </summary>
internal sealed class ProtocolOneDecoder(PacketLimits limits) : PacketDecoder
{
    private readonly PacketLimits _limits = limits;
    private readonly PooledByteWriter _memory = new();
    private ArgumentBuffer _arguments;

    /// <inheritdoc/>
    public override bool Decode(ReadOnlyMemory<byte> data, bool isBinary, out Packet packet)
    {
        Release();
        if (isBinary)
        {
            throw new PacketFormatException("Protocol 1 has text only.");
        }

        try
        {
            return DecodeText(data, out packet);
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

    private bool DecodeText(ReadOnlyMemory<byte> text, out Packet packet)
    {
        if (!Utf8.IsValid(text.Span))
        {
            throw new PacketFormatException("A packet is valid UTF-8.");
        }

        var header = ProtocolOneHeader.Read(text.Span);
        var ns = ReadNamespace(text[header.Endpoint]);
        var data = text[header.Data];
        packet = default;
        switch (header.Type)
        {
            case ProtocolOneHeader.Disconnect:
                packet = new Packet(PacketType.Disconnect, ns);
                return true;
            case ProtocolOneHeader.Connect:
                packet = new Packet(PacketType.Connect, ReadQuery(text[header.Endpoint.Start..], ns));
                return true;
            case ProtocolOneHeader.Text:
                WriteText(data.Span);
                break;
            case ProtocolOneHeader.Json:
                WriteJson(data.Span);
                break;
            case ProtocolOneHeader.Event when TryWriteEvent(data.Span):
                break;
            case ProtocolOneHeader.Ack:
                packet = ReadAck(ns, data);
                return true;
            case ProtocolOneHeader.Error:
                packet = new Packet(PacketType.ConnectError, ns, -1, ProtocolOneErrors.ToPayload(data.Span));
                return true;
            default:
                return false;
        }

        var payload = _memory.Written;
        PayloadScanner.Scan(payload.Span, PacketType.Event, 0, _limits, ref _arguments);
        if (header.Type == ProtocolOneHeader.Json && _arguments.Count != 2)
        {
            throw new PacketFormatException("A JSON message is one value.");
        }

        packet = new Packet(PacketType.Event, ns, header.Id, payload, default, _arguments.Items)
        {
            IsAutoAcknowledged = header.Id >= 0 && !header.WantsData,
        };
        return true;
    }

    /// <summary>The endpoint without its query, empty for the root.</summary>
    private ReadOnlyMemory<byte> ReadNamespace(ReadOnlyMemory<byte> endpoint)
    {
        var span = endpoint.Span;
        if (span.Length > _limits.MaxNamespaceBytes)
        {
            throw TooLongNamespace();
        }

        var length = span.IndexOf((byte)'?');
        if (length < 0)
        {
            length = span.Length;
        }

        if (length > 0 && span[0] != '/')
        {
            throw new PacketFormatException("An endpoint begins with '/'.");
        }

        return length == 1 ? default : endpoint[..length];
    }

    /// <summary>The namespace of a CONNECT with its query, which is part of the endpoint or has the place of the data.</summary>
    private ReadOnlyMemory<byte> ReadQuery(ReadOnlyMemory<byte> endpointAndData, ReadOnlyMemory<byte> ns)
    {
        var rest = endpointAndData.Span;
        if (rest.Length > _limits.MaxNamespaceBytes)
        {
            throw TooLongNamespace();
        }

        if (ns.IsEmpty)
        {
            return default;
        }

        var end = rest.IndexOfAny((byte)':', (byte)'?');
        if (end < 0 || rest[end] == '?')
        {
            // Colons of a query do not divide it.
            return endpointAndData;
        }

        var query = rest[(end + 1)..].TrimStart((byte)'?');
        if (query.IsEmpty)
        {
            return ns;
        }

        _memory.Write(ns.Span);
        _memory.Write((byte)'?');
        _memory.Write(query);
        return _memory.Written;
    }

    private Packet ReadAck(ReadOnlyMemory<byte> ns, ReadOnlyMemory<byte> data)
    {
        var position = 0;
        var id = ProtocolOneHeader.ReadDigits(data.Span, ref position);
        if (id < 0)
        {
            throw new PacketFormatException("An acknowledgement has the id of what it acknowledges in its data.");
        }

        // Ours count from 0; the one below theirs is nobody's.
        id = id is 0 or long.MaxValue ? long.MaxValue : id - 1;
        var payload = data[position..];
        if (payload.IsEmpty)
        {
            return new Packet(PacketType.Ack, ns, id);
        }

        if (payload.Span[0] != '+')
        {
            throw new PacketFormatException("A plus is between the id of an acknowledgement and its values.");
        }

        payload = payload[1..];
        if (!payload.IsEmpty)
        {
            PayloadScanner.Scan(payload.Span, PacketType.Ack, 0, _limits, ref _arguments);
        }

        return new Packet(PacketType.Ack, ns, id, payload, default, _arguments.Items);
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        _memory.Write("[\"message\","u8);
        JsonText.WriteString(_memory, text);
        _memory.Write((byte)']');
    }

    private void WriteJson(ReadOnlySpan<byte> json)
    {
        _memory.Write("[\"message\","u8);
        _memory.Write(json);
        _memory.Write((byte)']');
    }

    /// <summary>False: the name is reserved, so that the event is nobody's.</summary>
    private bool TryWriteEvent(ReadOnlySpan<byte> json)
    {
        var (name, arguments) = FindMembers(json);
        var nameJson = json.Slice(name.Start, name.Length);
        if (IsReserved(nameJson[1..^1]))
        {
            return false;
        }

        _memory.Write((byte)'[');
        _memory.Write(nameJson);
        if (arguments.Kind == JsonTokenType.StartArray)
        {
            var elements = json.Slice(arguments.Start + 1, arguments.Length - 2).Trim(" \t\r\n"u8);
            if (!elements.IsEmpty)
            {
                _memory.Write((byte)',');
                _memory.Write(elements);
            }
        }

        _memory.Write((byte)']');
        return true;
    }

    private (PacketArgument Name, PacketArgument Arguments) FindMembers(ReadOnlySpan<byte> json)
    {
        PacketArgument name = default;
        PacketArgument arguments = default;
        // The object around the arguments is one level more than the packet will have.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = _limits.MaxDepth + 1 });
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw NoEvent();
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isName = reader.ValueSpan.SequenceEqual("name"u8);
                var isArguments = reader.ValueSpan.SequenceEqual("args"u8);
                reader.Read();
                var kind = reader.TokenType;
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var value = new PacketArgument(start, (int)reader.BytesConsumed - start, kind);
                // The last of a repeated member counts, as in JavaScript.
                name = isName ? value : name;
                arguments = isArguments ? value : arguments;
            }

            // Throws on anything that follows the object.
            reader.Read();
        }
        catch (JsonException e)
        {
            throw new PacketFormatException("The data of an event is one JSON value within the limit of depth.", e);
        }

        return name.Kind == JsonTokenType.String && arguments.Kind is JsonTokenType.StartArray or JsonTokenType.Null or JsonTokenType.None
            ? (name, arguments)
            : throw NoEvent();
    }

    private static bool IsReserved(ReadOnlySpan<byte> name)
    {
        // Every character as \uXXXX.
        const int longest = ReservedEvents.MaxLength * 6;
        if (name.Length > longest)
        {
            return false;
        }

        Span<byte> unescaped = stackalloc byte[longest];
        return ReservedEvents.Contains(unescaped[..JsonText.Unescape(name, unescaped)]);
    }

    private PacketFormatException TooLongNamespace() => new($"A namespace has at most {_limits.MaxNamespaceBytes} bytes.");

    private static PacketFormatException NoEvent() => new("An event is an object with a name, which is a string, and with args, which are an array.");
}
