using System.Text.Json;
using System.Text.Unicode;

namespace SocketIO.Protocol;

/// <summary>Reads the messages of the generations before 0.7. It fails only where a JSON message is beyond the limits: everything else is a text.</summary>
internal sealed class PlainMessageDecoder(PlainForm form, PacketLimits limits) : PacketDecoder
{
    private readonly PooledByteWriter _namespace = new();
    private readonly PooledByteWriter _payload = new();
    private ArgumentBuffer _arguments;

    /// <inheritdoc/>
    public override bool Decode(ReadOnlyMemory<byte> data, bool isBinary, out Packet packet)
    {
        Release();
        if (isBinary || !Utf8.IsValid(data.Span))
        {
            throw new PacketFormatException("A message is text in UTF-8.");
        }

        try
        {
            Read(data.Span);
        }
        catch (PacketFormatException)
        {
            Release();
            throw;
        }

        packet = new Packet(PacketType.Event, _namespace.Written, -1, _payload.Written, default, _arguments.Items);
        return true;
    }

    /// <inheritdoc/>
    public override void Release()
    {
        _namespace.Release();
        _payload.Release();
        _arguments.Clear();
    }

    private void Read(ReadOnlySpan<byte> message)
    {
        switch (form)
        {
            case PlainForm.Marked when message.StartsWith("~j~"u8) && IsJson(message["~j~"u8.Length..]):
                WriteJson(message["~j~"u8.Length..]);
                break;
            case PlainForm.Annotated:
                ReadAnnotated(message);
                break;
            default:
                WriteText(message);
                break;
        }
    }

    private void ReadAnnotated(ReadOnlySpan<byte> message)
    {
        var reader = new AnnotationReader(message);
        var isJson = false;
        while (reader.Read())
        {
            isJson |= reader.Key.SequenceEqual("j"u8);
            if (reader.Key.SequenceEqual("r"u8))
            {
                SetRealm(reader.Value);
            }
        }

        if (isJson && IsJson(reader.Text))
        {
            WriteJson(reader.Text);
        }
        else
        {
            WriteText(reader.Text);
        }
    }

    private void SetRealm(ReadOnlySpan<byte> realm)
    {
        _namespace.Clear();
        if (realm.Length >= limits.MaxNamespaceBytes)
        {
            throw new PacketFormatException($"A namespace has at most {limits.MaxNamespaceBytes} bytes.");
        }

        if (!realm.IsEmpty)
        {
            _namespace.Write((byte)'/');
            _namespace.Write(realm);
        }
    }

    // One level is the array of the arguments; an event's members are two.
    private bool IsJson(ReadOnlySpan<byte> text)
    {
        var depth = JsonSyntax.GetDepth(text);
        return depth <= limits.MaxDepth + 1 ? depth >= 0
            : throw new PacketFormatException("The payload is one JSON value within the limit of depth.");
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        _payload.Write("[\"message\","u8);
        JsonText.WriteString(_payload, text);
        _payload.Write((byte)']');
        // Known without a scan: a name, and a string up to the bracket.
        _arguments.Add(new PacketArgument(1, "\"message\""u8.Length, JsonTokenType.String));
        var start = "[\"message\","u8.Length;
        _arguments.Add(new PacketArgument(start, _payload.Written.Length - start - 1, JsonTokenType.String));
    }

    private void WriteJson(ReadOnlySpan<byte> json)
    {
        if (EventMessage.TryRead(json, out var message))
        {
            WriteEvent(message);
            return;
        }

        _payload.Write("[\"message\","u8);
        _payload.Write(json);
        _payload.Write((byte)']');
        PayloadScanner.Scan(_payload.Written.Span, PacketType.Event, attachments: 0, limits, ref _arguments);
    }

    private void WriteEvent(in EventMessage message)
    {
        _payload.Write((byte)'[');
        _payload.Write(message.Name);
        if (!message.Arguments.IsEmpty)
        {
            _payload.Write((byte)',');
            _payload.Write(message.Arguments);
        }

        _payload.Write((byte)']');
        PayloadScanner.Scan(_payload.Written.Span, PacketType.Event, attachments: 0, limits, ref _arguments);
    }
}
