// Arguments to JSON and back, without the server.
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Writes and reads the arguments of events. Thread-safe.</summary>
internal sealed class EventJson
{
    private readonly JsonSerializerOptions _options;

    /// <param name="options">The application's.</param>
    public EventJson(JsonSerializerOptions options)
    {
        _options = new JsonSerializerOptions(options);
        // First in the list: the application's own converters for these types would not know of attachments.
        _options.Converters.Insert(0, new ByteArrayConverter());
        _options.Converters.Insert(1, new ReadOnlyMemoryConverter());
        _options.Converters.Insert(2, new MemoryConverter());
        _options.Converters.Insert(3, new StreamConverter());
        // What is sent is no HTML: text goes as it is.
        _options.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        _options.MakeReadOnly(populateMissingResolver: true);
    }

    /// <summary>As the server has it by default.</summary>
    public static EventJson Web { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>Writes an event.</summary>
    public EventMessage Write(string eventName, ReadOnlySpan<object?> args) => Write([eventName, .. args]);

    /// <summary>Writes an event for clients.</summary>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    public EventMessage WriteEvent(string eventName, ReadOnlySpan<object?> args)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        return eventName is "connect" or "connect_error" or "disconnect" or "disconnecting" or "newListener" or "removeListener"
            ? throw new ArgumentException($"\"{eventName}\" is a reserved event name", nameof(eventName))
            : Write(eventName, args);
    }

    /// <summary>Writes the values of an answer.</summary>
    public EventMessage Write(ReadOnlySpan<object?> values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var attachments = new List<ReadOnlyMemory<byte>>();
        BinaryScope.Outgoing = attachments;
        try
        {
            using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = _options.Encoder, MaxDepth = _options.MaxDepth });
            json.WriteStartArray();
            foreach (var value in values)
            {
                JsonSerializer.Serialize(json, value, value?.GetType() ?? typeof(object), _options);
            }

            json.WriteEndArray();
        }
        finally
        {
            BinaryScope.Outgoing = null;
        }

        return new EventMessage(buffer.WrittenSpan.ToArray(), attachments.ConvertAll(static attachment => attachment.ToArray()).ToArray());
    }

    /// <summary>The first value of an answer; none is the default.</summary>
    /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
    public T? ReadFirst<T>(EventMessage answer)
    {
        using var json = JsonDocument.Parse(answer.Json);
        return json.RootElement.GetArrayLength() == 0 ? default : Read<T>(json.RootElement[0], answer.Attachments);
    }

    /// <summary>A value.</summary>
    /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
    public T? Read<T>(JsonElement json, byte[][] attachments)
    {
        BinaryScope.Incoming = Array.ConvertAll(attachments, static attachment => (ReadOnlyMemory<byte>)attachment);
        try
        {
            return json.Deserialize<T>(_options);
        }
        finally
        {
            BinaryScope.Incoming = default;
        }
    }
}
