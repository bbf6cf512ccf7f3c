using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The arguments of an event or an answer, read on demand as whatever type the application asks for.</summary>
public sealed class EventArguments
{
    private readonly EventSerializer _serializer;
    private readonly PacketArgument[] _arguments;

    internal EventArguments(EventSerializer serializer, EventPayload payload, bool isEvent)
        : this(serializer, payload, Split(payload.Json.Span, isEvent ? 1 : 0))
    {
    }

    internal EventArguments(EventSerializer serializer, EventPayload payload, PacketArgument[] arguments)
    {
        _serializer = serializer;
        Payload = payload;
        _arguments = arguments;
    }

    /// <summary>How many arguments there are; of an event, its name does not count.</summary>
    public int Count => _arguments.Length;

    /// <summary>The arguments as they cross processes; of an event, its name comes first.</summary>
    public EventPayload Payload { get; }

    /// <summary>An argument as JSON; binary values are placeholders in it.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    public JsonElement this[int index] => Get<JsonElement>(index);

    /// <summary>An argument as a <typeparamref name="T"/>, with the server's JSON options.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
    public T? Get<T>(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _arguments.Length);
        var argument = _arguments[index];
        return _serializer.Read<T>(Payload.Json.Span.Slice(argument.Start, argument.Length), argument.Kind, Payload.Attachments);
    }

    /// <summary>An argument as the JSON text that was received.</summary>
    /// <param name="index">From 0.</param>
    public string GetRawText(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _arguments.Length);
        var argument = _arguments[index];
        return System.Text.Encoding.UTF8.GetString(Payload.Json.Span.Slice(argument.Start, argument.Length));
    }

    /// <summary>The arguments as they were received, to be sent on with <c>Emit</c> or an acknowledgement, binary values included.</summary>
    public object[] ToArray()
    {
        var all = new object[_arguments.Length];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = GetRaw(i);
        }

        return all;
    }

    /// <summary>An argument as it was received, to be sent on.</summary>
    internal RawArgument GetRaw(int index) => new(Payload.Json.Slice(_arguments[index].Start, _arguments[index].Length), Payload.Attachments);

    /// <summary>The first argument, or the default where there is none: what an acknowledgement's caller is given.</summary>
    internal T? First<T>() => Count == 0 ? default : Get<T>(0);

    internal string ReadName()
    {
        var reader = new Utf8JsonReader(Payload.Json.Span);
        reader.Read();
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
    }

    private static PacketArgument[] Split(ReadOnlySpan<byte> json, int skip)
    {
        var arguments = new List<PacketArgument>();
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            return [];
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            var kind = reader.TokenType;
            reader.Skip();
            if (skip > 0)
            {
                skip--;
                continue;
            }

            arguments.Add(new PacketArgument(start, (int)reader.BytesConsumed - start, kind));
        }

        return [.. arguments];
    }
}
