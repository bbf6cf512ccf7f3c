using System.Buffers;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>
/// What a page posts that may only load scripts: a form with the field <c>d</c>. From 0.8.6 on it holds the payload as a JSON string, which nothing on the
/// way changes; before, the payload as it is, whose line feeds the browser has changed.
/// </summary>
public static class ProtocolOneForm
{
    /// <summary>Writes the payload that a form holds.</summary>
    /// <param name="body">The body of the request.</param>
    /// <param name="output">Where to write.</param>
    /// <exception cref="EngineFormatException">It is malformed.</exception>
    public static void Read(ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var field = new PooledByteWriter();
        try
        {
            if (!FormField.TryRead(body, "d"u8, field, ofForm: true))
            {
                throw new EngineFormatException("A form has a field 'd'.");
            }

            var value = field.Written.Span;
            if (value.StartsWith("\""u8))
            {
                WriteUnescaped(value, output);
            }
            else
            {
                output.Write(value);
            }
        }
        finally
        {
            field.Release();
        }
    }

    private static void WriteUnescaped(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            var escaped = reader.ValueSpan;
            // Throws on anything that follows the string.
            reader.Read();
            if (!escaped.IsEmpty)
            {
                output.Advance(JsonText.Unescape(escaped, output.GetSpan(escaped.Length)));
            }
        }
        catch (JsonException e)
        {
            throw new EngineFormatException("A field 'd' that begins with a quote is a JSON string.", e);
        }
    }
}
