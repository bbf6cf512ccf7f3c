using System.Text;

namespace SocketIO.Protocol;

/// <summary>A message of <see cref="StreamingCodec"/> with all its annotations, of which the parser itself heeds <c>j</c> and <c>r</c> only.</summary>
public sealed class AnnotatedMessage
{
    private readonly Dictionary<string, string?> _annotations;

    private AnnotatedMessage(string text, Dictionary<string, string?> annotations)
    {
        Text = text;
        _annotations = annotations;
    }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>The annotations; one without a value has null. Of several of the same key the last one counts.</summary>
    public IReadOnlyDictionary<string, string?> Annotations => _annotations;

    /// <summary>Whether the text is marked as JSON.</summary>
    public bool IsJson => _annotations.ContainsKey("j");

    /// <summary>Reads the data of an <see cref="EnginePacketType.Message"/> packet. Any data is read; without a colon at the beginning of a line there is no text.</summary>
    public static AnnotatedMessage Parse(ReadOnlySpan<byte> data)
    {
        var annotations = new Dictionary<string, string?>();
        var reader = new AnnotationReader(data);
        while (reader.Read())
        {
            annotations[Encoding.UTF8.GetString(reader.Key)] = reader.HasValue ? Encoding.UTF8.GetString(reader.Value) : null;
        }

        return new AnnotatedMessage(Encoding.UTF8.GetString(reader.Text), annotations);
    }
}
