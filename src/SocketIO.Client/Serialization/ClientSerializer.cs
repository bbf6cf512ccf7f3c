// Arguments to canonical form and back: UTF-8 JSON with placeholders, binary values beside it.
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>Writes and reads arguments with the application's JSON options. Thread-safe.</summary>
internal sealed class ClientSerializer
{
    private readonly JsonSerializerOptions _options;
    private readonly JsonWriterOptions _writerOptions;

    public ClientSerializer(JsonSerializerOptions options)
    {
        _options = new JsonSerializerOptions(options);
        // First in the list: the application's own converters for these types would not know of attachments.
        _options.Converters.Insert(0, new BinaryConverter<byte[]>(static bytes => bytes, static value => value));
        _options.Converters.Insert(1, new BinaryConverter<ReadOnlyMemory<byte>>(static bytes => bytes, static value => value));
        _options.Converters.Insert(2, new BinaryConverter<Memory<byte>>(static bytes => bytes, static value => value));
        // What is sent is no HTML: text goes as it is, as JSON.stringify writes it.
        _options.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        _options.MakeReadOnly(populateMissingResolver: true);
        _writerOptions = new JsonWriterOptions { Encoder = _options.Encoder, MaxDepth = _options.MaxDepth };
    }

    /// <summary>Writes an event.</summary>
    public Packet WriteEvent(ReadOnlyMemory<byte> ns, string eventName, object?[]? args, long id = -1) =>
        WriteArray(PacketType.Event, ns, id, [eventName, .. ToList(args)]);

    /// <summary>Writes an answer.</summary>
    public Packet WriteAck(ReadOnlyMemory<byte> ns, object? value, long id) => WriteArray(PacketType.Ack, ns, id, [value]);

    /// <summary>Writes the packet that asks for a namespace.</summary>
    public Packet WriteConnect(ReadOnlyMemory<byte> ns, object? auth) =>
        new(PacketType.Connect, ns, payload: auth is null ? default : JsonSerializer.SerializeToUtf8Bytes(auth, auth.GetType(), _options));

    public object? Read(ReadOnlyMemory<byte> json, ReadOnlyMemory<ReadOnlyMemory<byte>> attachments, Type type)
    {
        var previous = BinaryScope.Incoming;
        BinaryScope.Incoming = attachments;
        try
        {
            return JsonSerializer.Deserialize(json.Span, type, _options);
        }
        finally
        {
            BinaryScope.Incoming = previous;
        }
    }

    // An array of another type, such as string[], reaches a "params object?[]" as if it were the list of arguments; it was meant as one.
    private static object?[] ToList(object?[]? args) => args is null || args.GetType() != typeof(object[]) ? [args] : args;

    private Packet WriteArray(PacketType type, ReadOnlyMemory<byte> ns, long id, object?[] values)
    {
        var payload = new ArrayBufferWriter<byte>();
        var attachments = new List<ReadOnlyMemory<byte>>();
        using var json = new Utf8JsonWriter(payload, _writerOptions);
        var previous = BinaryScope.Outgoing;
        BinaryScope.Outgoing = attachments;
        try
        {
            json.WriteStartArray();
            foreach (var value in values)
            {
                JsonSerializer.Serialize(json, value, value?.GetType() ?? typeof(object), _options);
            }

            json.WriteEndArray();
        }
        finally
        {
            BinaryScope.Outgoing = previous;
        }

        json.Flush();
        return new Packet(type, ns, id, payload.WrittenMemory, attachments.ToArray());
    }
}
