using System.Buffers.Binary;
using System.Globalization;

namespace SocketIO.Protocol;

/// <summary>Turns MessagePack values into canonical JSON, and collects the binary ones.</summary>
internal ref struct MessagePackTranscoder(PooledByteWriter json, PacketLimits limits)
{
    private const string DateFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly PooledByteWriter _json = json;
    private readonly PacketLimits _limits = limits;
    private List<ReadOnlyMemory<byte>>? _attachments;

    /// <summary>What the placeholders written so far stand for.</summary>
    public readonly ReadOnlyMemory<ReadOnlyMemory<byte>> Attachments =>
        _attachments is { } attachments ? attachments.ToArray() : default;

    /// <summary>Writes the value that has the token, and reads what is left of it.</summary>
    /// <param name="reader">The source, behind the token.</param>
    /// <param name="token">The head of the value.</param>
    /// <param name="depth">How many arrays and maps are around the value.</param>
    public void Write(ref MessagePackReader reader, in MessagePackToken token, int depth)
    {
        switch (token.Kind)
        {
            case MessagePackKind.Nil:
                _json.Write("null"u8);
                break;
            case MessagePackKind.Boolean:
                _json.Write(token.Integer == 0 ? "false"u8 : "true"u8);
                break;
            case MessagePackKind.Integer:
                JsonText.WriteNumber(_json, token.Integer);
                break;
            case MessagePackKind.UnsignedInteger:
                JsonText.WriteNumber(_json, (ulong)token.Integer);
                break;
            case MessagePackKind.Float:
                JsonText.WriteNumber(_json, token.Float);
                break;
            case MessagePackKind.String:
                JsonText.WriteString(_json, token.Bytes);
                break;
            case MessagePackKind.Binary:
                WriteAttachment(token.Bytes);
                break;
            case MessagePackKind.Extension:
                WriteExtension(token);
                break;
            case MessagePackKind.Array:
                WriteArray(ref reader, token.Count, Deeper(depth));
                break;
            case MessagePackKind.Map:
                WriteMap(ref reader, token.Count, Deeper(depth));
                break;
        }
    }

    private readonly int Deeper(int depth) => depth < _limits.MaxDepth
        ? depth + 1
        : throw new PacketFormatException($"Arrays and maps nest at most {_limits.MaxDepth} deep.");

    private void WriteArray(ref MessagePackReader reader, int count, int depth)
    {
        _json.Write((byte)'[');
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
            {
                _json.Write((byte)',');
            }

            var element = reader.Read();
            Write(ref reader, element, depth);
        }

        _json.Write((byte)']');
    }

    private void WriteMap(ref MessagePackReader reader, int count, int depth)
    {
        var any = false;
        _json.Write((byte)'{');
        for (var i = 0; i < count; i++)
        {
            var key = reader.Read();
            var value = reader.Read();
            if (value.IsUndefined)
            {
                // As JSON.stringify does.
                continue;
            }

            if (any)
            {
                _json.Write((byte)',');
            }

            any = true;
            WriteKey(key);
            _json.Write((byte)':');
            Write(ref reader, value, depth);
        }

        _json.Write((byte)'}');
    }

    private readonly void WriteKey(in MessagePackToken key)
    {
        if (key.Kind == MessagePackKind.String)
        {
            JsonText.WriteString(_json, key.Bytes);
            return;
        }

        _json.Write((byte)'"');
        switch (key.Kind)
        {
            case MessagePackKind.Nil:
                _json.Write("null"u8);
                break;
            case MessagePackKind.Boolean:
                _json.Write(key.Integer == 0 ? "false"u8 : "true"u8);
                break;
            case MessagePackKind.Integer:
                JsonText.WriteNumber(_json, key.Integer);
                break;
            case MessagePackKind.UnsignedInteger:
                JsonText.WriteNumber(_json, (ulong)key.Integer);
                break;
            case MessagePackKind.Float when double.IsFinite(key.Float):
                JsonText.WriteNumber(_json, key.Float);
                break;
            default:
                throw new PacketFormatException("The keys of a map are text, or values that have a plain text.");
        }

        _json.Write((byte)'"');
    }

    private void WriteExtension(in MessagePackToken token)
    {
        if (token.IsUndefined)
        {
            _json.Write("null"u8);
        }
        else if (token.IsDate)
        {
            WriteDate(BinaryPrimitives.ReadInt64BigEndian(token.Bytes));
        }
        else if (token.IsArrayBuffer)
        {
            WriteAttachment(token.Bytes);
        }
        else
        {
            // What the npm package makes of an extension that it does not know: [type, bytes].
            _json.Write((byte)'[');
            JsonText.WriteNumber(_json, (long)token.ExtensionType);
            _json.Write((byte)',');
            WriteAttachment(token.Bytes);
            _json.Write((byte)']');
        }
    }

    private readonly void WriteDate(long milliseconds)
    {
        if (milliseconds < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            _json.Write("null"u8);
            return;
        }

        _json.Write((byte)'"');
        var date = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        date.TryFormat(_json.GetSpan(DateFormat.Length), out var written, DateFormat, CultureInfo.InvariantCulture);
        _json.Advance(written);
        _json.Write((byte)'"');
    }

    private void WriteAttachment(ReadOnlySpan<byte> bytes)
    {
        _attachments ??= [];
        if (_attachments.Count == _limits.MaxInlineAttachments)
        {
            throw new PacketFormatException($"A packet has at most {_limits.MaxInlineAttachments} binary values.");
        }

        _json.Write("{\"_placeholder\":true,\"num\":"u8);
        JsonText.WriteNumber(_json, (long)_attachments.Count);
        _json.Write((byte)'}');
        _attachments.Add(bytes.ToArray());
    }
}
