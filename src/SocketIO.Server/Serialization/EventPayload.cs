namespace SocketIO.Server;

/// <summary>
/// The arguments of an event or an answer in the form that crosses processes and outlives calls: a UTF-8 JSON array in which binary
/// values are placeholders, and their bytes. Immutable.
/// </summary>
public sealed class EventPayload
{
    // The bytes at the end, before the closing bracket, that Append has added.
    private readonly int _appended;

    /// <summary>Makes a payload; the memory is not copied and must not change any more.</summary>
    /// <param name="json">A JSON array; of an event, its name comes first.</param>
    /// <param name="attachments">The bytes that the array's placeholders number, if any.</param>
    public EventPayload(ReadOnlyMemory<byte> json, ReadOnlyMemory<ReadOnlyMemory<byte>> attachments = default)
    {
        Json = json;
        Attachments = attachments;
    }

    /// <summary>No arguments.</summary>
    public static EventPayload Empty { get; } = new("[]"u8.ToArray());

    /// <summary>The same with one more argument at the end; for adapters that add an offset.</summary>
    /// <param name="text">The argument; ASCII that needs no escapes.</param>
    public EventPayload Append(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // ["event",…] becomes ["event",…,"text"]: the array always holds the name.
        var json = new byte[Json.Length + text.Length + 3];
        Json.Span[..^1].CopyTo(json);
        var tail = json.AsSpan(Json.Length - 1);
        ",\""u8.CopyTo(tail);
        System.Text.Encoding.ASCII.GetBytes(text, tail[2..]);
        "\"]"u8.CopyTo(tail[(text.Length + 2)..]);
        return new EventPayload(json, Attachments, json.Length - Json.Length);
    }

    private EventPayload(ReadOnlyMemory<byte> json, ReadOnlyMemory<ReadOnlyMemory<byte>> attachments, int appended)
        : this(json, attachments) => _appended = appended;

    /// <summary>The same without what <see cref="Append"/> has added, for clients to whom it would be an argument like others.</summary>
    internal EventPayload WithoutOffset()
    {
        if (_appended == 0)
        {
            return this;
        }

        var json = Json[..^_appended].ToArray();
        json[^1] = (byte)']';
        return new EventPayload(json, Attachments);
    }

    /// <summary>The JSON array.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>The bytes of the placeholders.</summary>
    public ReadOnlyMemory<ReadOnlyMemory<byte>> Attachments { get; }

    /// <summary>Bytes of JSON and attachments together.</summary>
    public int Length
    {
        get
        {
            var length = Json.Length;
            foreach (var attachment in Attachments.Span)
            {
                length += attachment.Length;
            }

            return length;
        }
    }
}
