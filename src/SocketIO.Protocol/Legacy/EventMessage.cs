using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>A JSON message that is an event: an object of a <c>name</c>, a string, and <c>args</c>, an array, and of nothing else.</summary>
internal readonly ref struct EventMessage
{
    private EventMessage(ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments)
    {
        Name = name;
        Arguments = arguments;
    }

    /// <summary>The name as a JSON string.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>What is between the brackets; empty if nothing but white space.</summary>
    public ReadOnlySpan<byte> Arguments { get; }

    /// <summary>Whether a text is such a message. Any text may be asked about, and none throws.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out EventMessage message)
    {
        message = default;
        if (!text.TrimStart(" \t\r\n"u8).StartsWith("{"u8) || JsonSyntax.GetDepth(text) is < 0 or > JsonSyntax.Deepest)
        {
            return false;
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = JsonSyntax.Deepest });
        reader.Read();
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> arguments = default;
        var members = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            members++;
            var isName = !reader.ValueIsEscaped && reader.ValueSpan.SequenceEqual("name"u8);
            var isArguments = !reader.ValueIsEscaped && reader.ValueSpan.SequenceEqual("args"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var kind = reader.TokenType;
            if (isName && (kind != JsonTokenType.String || IsReserved(ref reader)))
            {
                return false;
            }

            reader.Skip();
            var value = text[start..(int)reader.BytesConsumed];
            if (isName)
            {
                name = value;
            }
            else if (isArguments && kind == JsonTokenType.StartArray)
            {
                arguments = value;
            }
        }

        if (members != 2 || name.IsEmpty || arguments.IsEmpty)
        {
            return false;
        }

        message = new EventMessage(name, arguments[1..^1].Trim(" \t\r\n"u8));
        return true;
    }

    // Half a surrogate pair is in no name that a handler could have.
    private static bool IsReserved(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return ReservedEvents.Contains(reader.ValueSpan);
        }

        var name = new byte[reader.ValueSpan.Length];
        var unescaped = name.AsSpan(0, JsonText.Unescape(reader.ValueSpan, name));
        return ReservedEvents.Contains(unescaped) || unescaped.IndexOf("\uFFFD"u8) >= 0;
    }
}
