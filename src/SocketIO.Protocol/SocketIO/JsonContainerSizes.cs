using System.Buffers;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>The sizes of all arrays and objects of a JSON text in the order in which they begin; of a placeholder the complement of its number.</summary>
/// <param name="initial">The memory to begin with; more is rented.</param>
internal ref struct JsonContainerSizes(Span<int> initial)
{
    private Span<int> _sizes = initial;
    private int[]? _rented;
    private int _count;

    /// <summary>How both passes read.</summary>
    public static JsonReaderOptions ReaderOptions => new() { MaxDepth = PacketLimits.DeepestNesting };

    public readonly int this[int index] => _sizes[index];

    /// <summary>Fills the list.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public void Measure(ReadOnlySpan<byte> json, int attachments)
    {
        // At each depth, the container that is open there: the index of an array, the complement of an object's.
        Span<int> open = stackalloc int[PacketLimits.DeepestNesting + 2];
        Span<PlaceholderTracker.Level> levels = attachments > 0 ? stackalloc PlaceholderTracker.Level[PacketLimits.DeepestNesting + 2] : default;
        var placeholders = new PlaceholderTracker(levels);
        scoped var reader = new Utf8JsonReader(json, ReaderOptions);
        while (reader.Read())
        {
            if (attachments > 0 && placeholders.Next(ref reader, out var number) && (uint)number < (uint)attachments)
            {
                // What is inside a placeholder is not written, so the containers there do not count.
                var index = ~open[reader.CurrentDepth + 1];
                _sizes[index] = ~number;
                _count = index + 1;
                continue;
            }

            var isStart = reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject;
            var isArrayElement = reader.CurrentDepth > 0 && open[reader.CurrentDepth] >= 0
                && reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject);
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                _sizes[~open[reader.CurrentDepth]]++;
            }
            else if (isArrayElement)
            {
                _sizes[open[reader.CurrentDepth]]++;
            }

            if (isStart)
            {
                open[reader.CurrentDepth + 1] = reader.TokenType == JsonTokenType.StartArray ? _count : ~_count;
                Add();
            }
        }
    }

    public void Dispose()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            _sizes = default;
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    private void Add()
    {
        if (_count == _sizes.Length)
        {
            var larger = ArrayPool<int>.Shared.Rent(_count * 2);
            _sizes.CopyTo(larger);
            Dispose();
            _sizes = _rented = larger;
        }

        _sizes[_count++] = 0;
    }
}
