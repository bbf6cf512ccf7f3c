using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace SocketIO.Protocol;

/// <summary>The opening handshake's proof that the server speaks WebSocket (RFC 6455, section 4.2).</summary>
public static class WebSocketHandshake
{
    private const int KeyBytes = 16;
    private const int KeyCharacters = 24;

    private static ReadOnlySpan<byte> Guid => "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;

    /// <summary>Whether a <c>Sec-WebSocket-Key</c> is the base64 form of 16 bytes.</summary>
    /// <param name="key">The header's value; null if there was none.</param>
    public static bool IsValidKey([NotNullWhen(true)] string? key)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes];
        return key is { Length: KeyCharacters } && Convert.TryFromBase64String(key, bytes, out int written) && written == KeyBytes;
    }

    /// <summary>The value of <c>Sec-WebSocket-Accept</c> that answers a key.</summary>
    /// <param name="key">The value of <c>Sec-WebSocket-Key</c>.</param>
    /// <exception cref="ArgumentException">The key is not one that <see cref="IsValidKey"/> accepts.</exception>
    public static string ComputeAccept(string key)
    {
        if (!IsValidKey(key))
        {
            throw new ArgumentException("Sec-WebSocket-Key must be the base64 form of 16 bytes.", nameof(key));
        }

        Span<byte> text = stackalloc byte[KeyCharacters + Guid.Length];
        Encoding.ASCII.GetBytes(key, text);
        Guid.CopyTo(text[KeyCharacters..]);

        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The RFC prescribes SHA-1; nothing secret depends on it.
        SHA1.HashData(text, hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }
}
