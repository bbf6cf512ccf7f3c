using System.Buffers;
using System.Buffers.Text;

namespace SocketIO.Protocol;

/// <summary>Base64 as clients send it: padded, or with the padding left off.</summary>
internal static class Base64Text
{
    /// <summary>Decodes into an array of its own.</summary>
    /// <exception cref="EngineFormatException">It is not base64.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        if (Base64.IsValid(text, out var length))
        {
            if (length == 0)
            {
                return [];
            }

            var bytes = new byte[length];
            Base64.DecodeFromUtf8(text, bytes, out _, out _);
            return bytes;
        }

        var missing = -text.Length & 3;
        if (missing is 0 or 3 || text.Contains((byte)'='))
        {
            throw NotBase64();
        }

        var padded = ArrayPool<byte>.Shared.Rent(text.Length + missing);
        try
        {
            text.CopyTo(padded);
            padded.AsSpan(text.Length, missing).Fill((byte)'=');
            var whole = padded.AsSpan(0, text.Length + missing);
            return Base64.IsValid(whole) ? Decode(whole) : throw NotBase64();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(padded);
        }
    }

    private static EngineFormatException NotBase64() => new("Base64 was expected after 'b'.");
}
