// Arguments to canonical form and back: UTF-8 JSON with placeholders, binary values beside it.
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Serializes and binds event arguments with the application's JSON options. Thread-safe; one for a server.</summary>
internal sealed class EventSerializer
{
    [ThreadStatic]
    private static PayloadWriter? _cachedWriter;

    private readonly JsonWriterOptions _writerOptions;

    public EventSerializer(JsonSerializerOptions options)
    {
        Options = new JsonSerializerOptions(options);
        // First in the list: the application's own converters for these types would not know of attachments.
        Options.Converters.Insert(0, new ByteArrayConverter());
        Options.Converters.Insert(1, new ReadOnlyMemoryConverter());
        Options.Converters.Insert(2, new MemoryConverter());
        Options.Converters.Insert(3, new StreamConverter());
        // What is sent is no HTML: text goes as it is, as JSON.stringify writes it.
        Options.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        var resolver = Options.TypeInfoResolver ?? (JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : null);
        Options.TypeInfoResolver = JsonTypeInfoResolver.Combine(resolver, new BuiltInTypes());
        Options.MakeReadOnly();
        _writerOptions = new JsonWriterOptions { Encoder = Options.Encoder, SkipValidation = true, MaxDepth = Options.MaxDepth };
    }

    public JsonSerializerOptions Options { get; }

    /// <summary>A writer for the length of one call; <see cref="Return"/> it in any case.</summary>
    public PayloadWriter Rent()
    {
        var writer = _cachedWriter ?? new PayloadWriter();
        _cachedWriter = null;
        writer.Begin(_writerOptions);
        return writer;
    }

    public static void Return(PayloadWriter writer)
    {
        if (writer.End())
        {
            _cachedWriter = writer;
        }
        else
        {
            writer.Dispose();
        }
    }

    /// <summary>
    /// Writes what a caller gave as <c>params object?[]</c>. An array of another type, such as <c>string[]</c>, reaches such a parameter as
    /// if it were the list of arguments; it was meant as one.
    /// </summary>
    public void WriteAll(PayloadWriter writer, object?[]? args)
    {
        if (args is null || args.GetType() != typeof(object[]))
        {
            Write<object?>(writer, args);
            return;
        }

        foreach (var arg in args)
        {
            Write(writer, arg);
        }
    }

    public void Write<T>(PayloadWriter writer, T value)
    {
        switch (value)
        {
            // Without boxing: the JIT drops the other branches for a value type.
            case int number:
                writer.Json.WriteNumberValue(number);
                break;
            case long number:
                writer.Json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer.Json.WriteNumberValue(number);
                break;
            case float number when float.IsFinite(number):
                writer.Json.WriteNumberValue(number);
                break;
            case double or float:
                // As JSON.stringify has it.
                writer.Json.WriteNullValue();
                break;
            case bool truth:
                writer.Json.WriteBooleanValue(truth);
                break;
            case string text:
                writer.Json.WriteStringValue(text);
                break;
            case null:
                writer.Json.WriteNullValue();
                break;
            case RawArgument received:
                received.WriteTo(writer);
                break;
            default:
                writer.Serialize(value, Options);
                break;
        }
    }

    public T? Read<T>(ReadOnlySpan<byte> json, JsonTokenType kind, ReadOnlyMemory<ReadOnlyMemory<byte>> attachments)
    {
        if (typeof(T) == typeof(string))
        {
            if (kind == JsonTokenType.String)
            {
                var text = Reader(json);
                return (T)(object)text.GetString()!;
            }
        }
        else if (typeof(T).IsPrimitive)
        {
            var reader = Reader(json);
            if (typeof(T) == typeof(int) && kind == JsonTokenType.Number && reader.TryGetInt32(out var int32))
            {
                return (T)(object)int32;
            }

            if (typeof(T) == typeof(long) && kind == JsonTokenType.Number && reader.TryGetInt64(out var int64))
            {
                return (T)(object)int64;
            }

            if (typeof(T) == typeof(double) && kind == JsonTokenType.Number)
            {
                return (T)(object)reader.GetDouble();
            }

            if (typeof(T) == typeof(bool) && kind is JsonTokenType.True or JsonTokenType.False)
            {
                return (T)(object)(kind == JsonTokenType.True);
            }
        }

        var previous = BinaryScope.Incoming;
        BinaryScope.Incoming = attachments;
        try
        {
            return JsonSerializer.Deserialize(json, (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T)));
        }
        finally
        {
            BinaryScope.Incoming = previous;
        }
    }

    private static Utf8JsonReader Reader(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return reader;
    }
}

/// <summary>A JSON array being written, and the binary values met on the way.</summary>
internal sealed class PayloadWriter : IDisposable
{
    private const int KeepAtMost = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private readonly List<ReadOnlyMemory<byte>> _attachments = [];
    private JsonWriterOptions _options;
    private Utf8JsonWriter? _json;

    public Utf8JsonWriter Json => _json!;

    public List<ReadOnlyMemory<byte>> Attachments => _attachments;

    /// <summary>The JSON written so far; valid until the writer is returned.</summary>
    public ReadOnlyMemory<byte> Written
    {
        get
        {
            Json.Flush();
            return _buffer.WrittenMemory;
        }
    }

    public void Begin(JsonWriterOptions options)
    {
        if (_json is null || options.MaxDepth != _options.MaxDepth || !ReferenceEquals(options.Encoder, _options.Encoder))
        {
            _options = options;
            _json = new Utf8JsonWriter(_buffer, options);
        }

        _json.WriteStartArray();
    }

    public void WriteBinary(ReadOnlyMemory<byte> bytes)
    {
        BinaryScope.WritePlaceholder(_json!, _attachments.Count);
        _attachments.Add(bytes);
    }

    public void Serialize<T>(T value, JsonSerializerOptions options)
    {
        var previous = BinaryScope.Outgoing;
        BinaryScope.Outgoing = _attachments;
        try
        {
            // An argument typed as object or as a base class is written as what it is; a stream of any kind as a stream.
            if (!typeof(T).IsSealed && (value is Stream ? typeof(Stream) : value!.GetType()) is var type && type != typeof(T))
            {
                JsonSerializer.Serialize(Json, value, options.GetTypeInfo(type));
            }
            else
            {
                JsonSerializer.Serialize(Json, value, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
            }
        }
        finally
        {
            BinaryScope.Outgoing = previous;
        }
    }

    /// <summary>Closes the array. The packet borrows the writer's memory.</summary>
    public Packet ToPacket(PacketType type, ReadOnlyMemory<byte> ns, long id)
    {
        Json.WriteEndArray();
        return new Packet(type, ns, id, Written, _attachments.Count == 0 ? default : _attachments.ToArray());
    }

    /// <summary>Closes the array and copies it, binary values too.</summary>
    public EventPayload ToPayload()
    {
        Json.WriteEndArray();
        return new EventPayload(Written.ToArray(), _attachments.Select(static bytes => (ReadOnlyMemory<byte>)bytes.ToArray()).ToArray());
    }

    public void Dispose() => _json?.Dispose();

    /// <summary>Makes the writer ready for the next use; false: it has grown too large to keep.</summary>
    public bool End()
    {
        _attachments.Clear();
        if (_buffer.Capacity > KeepAtMost)
        {
            return false;
        }

        _buffer.ResetWrittenCount();
        _json!.Reset(_buffer);
        return true;
    }
}
