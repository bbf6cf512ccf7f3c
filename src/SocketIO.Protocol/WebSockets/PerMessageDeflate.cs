using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace SocketIO.Protocol;

/// <summary>
/// The permessage-deflate extension (RFC 7692), always without context takeover in both directions: a compressed broadcast is the same
/// for all its receivers, and no connection keeps a window.
/// </summary>
public static class PerMessageDeflate
{
    /// <summary>Chooses the first offer that can be satisfied.</summary>
    /// <param name="offers">The values of <c>Sec-WebSocket-Extensions</c>, joined by commas; null if there is none.</param>
    /// <param name="response">The value of the response's <c>Sec-WebSocket-Extensions</c>.</param>
    /// <returns>False if there is no such offer; the connection then goes on without the extension.</returns>
    public static bool TryNegotiate(string? offers, [NotNullWhen(true)] out string? response)
    {
        var reader = new WebSocketExtensionReader(offers);
        while (reader.TryReadExtension(out ReadOnlySpan<char> name))
        {
            var offer = new PerMessageDeflateOffer(name);
            while (reader.TryReadParameter(out ReadOnlySpan<char> parameter, out ReadOnlySpan<char> value, out bool hasValue))
            {
                offer.Add(parameter, value, hasValue);
            }

            if (!reader.IsMalformed && offer.IsAcceptable)
            {
                response = offer.Response;
                return true;
            }
        }

        response = null;
        return false;
    }

    /// <summary>Compresses a message's payload, for a frame with <c>compressed: true</c>.</summary>
    /// <param name="payload">The whole message.</param>
    /// <param name="output">Where the compressed form goes, without the four bytes 00 00 FF FF at its end (RFC 7692, section 7.2.1).</param>
    public static void Compress(ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (payload.IsEmpty)
        {
            // A DeflateStream writes nothing for nothing; the message is an empty block (section 7.2.3.6).
            output.Write<byte>([0x00]);
            return;
        }

        using var target = new DeflateTarget(output);
        using var deflate = new DeflateStream(target, CompressionLevel.Optimal, leaveOpen: true);
        deflate.Write(payload);
        deflate.Flush();
        target.Complete();
    }

    /// <summary>Inflates the payload of a compressed message.</summary>
    /// <param name="payload">The message's payload, its fragments together.</param>
    /// <param name="maxBytes">What the inflated message may have at most.</param>
    /// <returns>The message.</returns>
    /// <exception cref="WebSocketProtocolException">1009: it is larger than allowed. 1007: it is not a complete DEFLATE stream.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> payload, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        byte[] copy = ArrayPool<byte>.Shared.Rent(payload.Length);
        PooledBytes inflated = default;
        try
        {
            payload.CopyTo(copy);
            inflated = Inflate(copy.AsMemory(0, payload.Length), maxBytes);
            return inflated.Memory.ToArray();
        }
        finally
        {
            inflated.Release();
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    /// <summary>As <see cref="Decompress"/>, into a buffer that the caller releases.</summary>
    internal static PooledBytes Inflate(ReadOnlyMemory<byte> payload, int maxBytes)
    {
        if (payload.IsEmpty)
        {
            // Not a DEFLATE stream, strictly, but senders that flush nothing make it of an empty message.
            return default;
        }

        using var source = new InflateSource(payload);
        using var inflate = new DeflateStream(source, CompressionMode.Decompress, leaveOpen: true);
        PooledBytes output = default;
        try
        {
            int read;
            do
            {
                read = Read(inflate, ref output, maxBytes);
            }
            while (read > 0);

            if (source.IsExhausted)
            {
                WebSocketProtocolException.ThrowInvalidPayload("The compressed message ends within a DEFLATE block.");
            }

            return output;
        }
        catch (Exception exception)
        {
            output.Release();
            if (exception is InvalidDataException)
            {
                WebSocketProtocolException.ThrowInvalidPayload("The compressed message is not a DEFLATE stream.", exception);
            }

            throw;
        }
    }

    private static int Read(DeflateStream inflate, ref PooledBytes output, int maxBytes)
    {
        if (output.Length == maxBytes)
        {
            Span<byte> oneTooMany = stackalloc byte[1];
            if (inflate.Read(oneTooMany) > 0)
            {
                WebSocketProtocolException.ThrowTooBig(maxBytes);
            }

            return 0;
        }

        Span<byte> free = output.Reserve(1, maxBytes);
        int read = inflate.Read(free[..Math.Min(free.Length, maxBytes - output.Length)]);
        output.Advance(read);
        return read;
    }
}
