using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>
/// Finds <c>{"_placeholder":true,"num":n}</c> in a stream of JSON tokens. Members may come in either order, and the last of a
/// repeated one counts, as in JavaScript.
/// </summary>
/// <param name="levels">One level for each depth the reader may reach, and one more.</param>
internal readonly ref struct PlaceholderTracker(Span<PlaceholderTracker.Level> levels)
{
    private readonly Span<Level> _levels = levels;

    private enum Member : byte
    {
        Other,
        Mark,
        Number,
    }

    /// <summary>Looks at the token that was just read. True: it ends a placeholder, whose number is -1 if it is none.</summary>
    public bool Next(ref Utf8JsonReader reader, out int number)
    {
        number = -1;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                _levels[reader.CurrentDepth].SetByParent(reader.TokenType, -1);
                _levels[reader.CurrentDepth + 1] = new Level { IsObject = true, Number = -1 };
                return false;
            case JsonTokenType.StartArray:
                _levels[reader.CurrentDepth].SetByParent(reader.TokenType, -1);
                _levels[reader.CurrentDepth + 1] = default;
                return false;
            case JsonTokenType.EndObject:
                ref var level = ref _levels[reader.CurrentDepth + 1];
                number = level.Number;
                return level.IsMarked;
            case JsonTokenType.EndArray:
                return false;
            case JsonTokenType.PropertyName:
                _levels[reader.CurrentDepth].Name(ref reader);
                return false;
            default:
                var value = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var n) ? n : -1;
                _levels[reader.CurrentDepth].SetByParent(reader.TokenType, value);
                return false;
        }
    }

    /// <summary>What is known of the array or object that is open at one depth.</summary>
    internal struct Level
    {
        // Every character of "_placeholder" as \uXXXX.
        private const int MaxEscapedLength = 12 * 6;

        private Member _member;

        public bool IsObject { get; init; }

        public bool IsMarked { get; private set; }

        public int Number { get; set; }

        public void Name(ref Utf8JsonReader reader)
        {
            // Not ValueTextEquals, which throws on half a surrogate pair.
            Span<byte> unescaped = stackalloc byte[MaxEscapedLength];
            scoped var name = reader.ValueSpan;
            if (reader.ValueIsEscaped && name.Length <= MaxEscapedLength)
            {
                name = unescaped[..JsonText.Unescape(name, unescaped)];
            }

            _member = name.SequenceEqual("_placeholder"u8) ? Member.Mark
                : name.SequenceEqual("num"u8) ? Member.Number
                : Member.Other;
        }

        public void SetByParent(JsonTokenType kind, int value)
        {
            if (!IsObject)
            {
                return;
            }

            if (_member == Member.Mark)
            {
                IsMarked = kind == JsonTokenType.True;
            }
            else if (_member == Member.Number)
            {
                Number = value;
            }
        }
    }
}
