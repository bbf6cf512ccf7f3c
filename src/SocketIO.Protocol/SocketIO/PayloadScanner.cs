using System.Buffers;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>Checks the payload of a received packet, and finds its arguments, in one pass.</summary>
internal static class PayloadScanner
{
    /// <summary>Checks that the payload, which is not empty, is what a packet of the type may carry.</summary>
    /// <param name="payload">JSON, valid as UTF-8.</param>
    /// <param name="type">The type of the packet.</param>
    /// <param name="attachments">How many attachments placeholders may stand for; with none, nothing is a placeholder.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="arguments">Takes the elements of an event or acknowledgement.</param>
    /// <param name="takesAnyError">Whether an error may be any JSON.</param>
    /// <exception cref="PacketFormatException">It is not.</exception>
    public static void Scan(ReadOnlySpan<byte> payload, PacketType type, int attachments, PacketLimits limits, ref ArgumentBuffer arguments, bool takesAnyError = false)
    {
        if (type == PacketType.Disconnect)
        {
            throw new PacketFormatException("A DISCONNECT packet has no payload.");
        }

        var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
        try
        {
            reader.Read();
            switch (type)
            {
                case PacketType.Connect when reader.TokenType != JsonTokenType.StartObject:
                    throw new PacketFormatException("The payload of a CONNECT packet is an object.");
                case PacketType.ConnectError when !takesAnyError && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.String):
                    throw new PacketFormatException("The payload of a CONNECT_ERROR packet is an object or a string.");
                case PacketType.Connect or PacketType.ConnectError:
                    reader.Skip();
                    break;
                default:
                    ScanArguments(ref reader, type, limits, ref arguments);
                    break;
            }

            // Throws on anything that follows the value.
            reader.Read();

            if (attachments > 0)
            {
                CheckPlaceholders(payload, attachments, limits);
            }
        }
        catch (JsonException e)
        {
            throw new PacketFormatException("The payload is one JSON value within the limit of depth.", e);
        }
    }

    private static void ScanArguments(ref Utf8JsonReader reader, PacketType type, PacketLimits limits, ref ArgumentBuffer arguments)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new PacketFormatException("The payload of an event or acknowledgement is an array.");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (arguments.Count == limits.MaxArguments)
            {
                throw new PacketFormatException($"A packet has at most {limits.MaxArguments} arguments.");
            }

            var kind = reader.TokenType;
            if (arguments.Count == 0 && type == PacketType.Event)
            {
                CheckEventName(ref reader);
            }

            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            arguments.Add(new PacketArgument(start, (int)reader.BytesConsumed - start, kind));
        }

        if (arguments.Count == 0 && type == PacketType.Event)
        {
            throw new PacketFormatException("An event has a name.");
        }
    }

    private static void CheckEventName(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw new PacketFormatException("The name of an event is a string or a number.");
        }

        if (reader.ValueIsEscaped ? IsReservedWhenUnescaped(ref reader) : ReservedEvents.Contains(reader.ValueSpan))
        {
            throw new PacketFormatException("The name of the event is reserved.");
        }
    }

    private static bool IsReservedWhenUnescaped(ref Utf8JsonReader reader)
    {
        var length = reader.ValueSpan.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            return ReservedEvents.Contains(rented.AsSpan(0, reader.CopyString(rented)));
        }
        catch (InvalidOperationException e)
        {
            throw new PacketFormatException("The name of an event is well-formed text, without half a surrogate pair.", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void CheckPlaceholders(ReadOnlySpan<byte> payload, int attachments, PacketLimits limits)
    {
        scoped var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
        var levels = new PlaceholderTracker(stackalloc PlaceholderTracker.Level[limits.MaxDepth + 2]);
        while (reader.Read())
        {
            if (levels.Next(ref reader, out var number) && (uint)number >= (uint)attachments)
            {
                throw new PacketFormatException($"A placeholder has the number of one of the packet's {attachments} attachments.");
            }
        }
    }
}
