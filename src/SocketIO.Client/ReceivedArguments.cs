using System.Text;
using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>The arguments of an event, without its name, or the values of an answer, read on demand as what the application asks for.</summary>
public sealed class ReceivedArguments
{
    private readonly ClientSerializer _serializer;
    private readonly Packet _packet;
    private readonly int _first;

    internal ReceivedArguments(ClientSerializer serializer, in Packet packet)
    {
        _serializer = serializer;
        _packet = packet;
        _first = packet.Type == PacketType.Event ? 1 : 0;
    }

    /// <summary>How many there are.</summary>
    public int Count => _packet.Arguments.Length - _first;

    /// <summary>One of them as JSON; binary values are placeholders in it.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public JsonElement this[int index] => Get<JsonElement>(index);

    /// <summary>One of them as a <typeparamref name="T"/>.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
    public T? Get<T>(int index) => (T?)Get(index, typeof(T));

    /// <summary>One of them as the JSON text that was received.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public string GetRawText(int index) => Encoding.UTF8.GetString(GetJson(index).Span);

    internal object? Get(int index, Type type) => _serializer.Read(GetJson(index), _packet.Attachments, type);

    private ReadOnlyMemory<byte> GetJson(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _packet.GetArgument(_first + index);
    }
}
