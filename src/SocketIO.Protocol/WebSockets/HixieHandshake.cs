using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SocketIO.Protocol;

/// <summary>The proof of the opening handshake of hixie-76 (sections 5.1 and 5.2): two keys in headers, 8 bytes behind them, and the digest that answers.</summary>
public static class HixieHandshake
{
    /// <summary>How many bytes follow the client's header block. They may come late.</summary>
    public const int BodyLength = 8;

    /// <summary>The length of the digest that follows the server's header block, in bytes.</summary>
    public const int DigestLength = MD5.HashSizeInBytes;

    /// <summary>Reads the number that a key hides: its digits, divided by the number of its spaces.</summary>
    /// <param name="key">The value of <c>Sec-WebSocket-Key1</c> or <c>-Key2</c>.</param>
    /// <param name="number">The number, if there is one.</param>
    /// <returns>False if there are no digits or no spaces, if the division leaves a rest, or if the digits are more than the 32 bits that a client may make them.</returns>
    public static bool TryReadKey(ReadOnlySpan<byte> key, out uint number)
    {
        ulong digits = 0;
        uint spaces = 0;
        bool hasDigits = false;
        foreach (byte character in key)
        {
            if (character == ' ')
            {
                spaces++;
            }
            else if (char.IsAsciiDigit((char)character))
            {
                hasDigits = true;
                digits = digits * 10 + (uint)(character - '0');
                if (digits > uint.MaxValue)
                {
                    break;
                }
            }
        }

        bool isKey = hasDigits && spaces > 0 && digits <= uint.MaxValue && digits % spaces == 0;
        number = isKey ? (uint)digits / spaces : 0;
        return isKey;
    }

    /// <summary>Writes the digest that proves that both keys and the bytes behind them were read.</summary>
    /// <param name="number1">The number of <c>Sec-WebSocket-Key1</c>.</param>
    /// <param name="number2">The number of <c>Sec-WebSocket-Key2</c>.</param>
    /// <param name="body">The <see cref="BodyLength"/> bytes behind the client's header block.</param>
    /// <param name="digest">Where the <see cref="DigestLength"/> bytes are written.</param>
    /// <exception cref="ArgumentException">The body has another length, or the destination is too short.</exception>
    public static void ComputeDigest(uint number1, uint number2, ReadOnlySpan<byte> body, Span<byte> digest)
    {
        if (body.Length != BodyLength)
        {
            throw new ArgumentException($"{BodyLength} bytes follow the headers, not {body.Length}.", nameof(body));
        }

        Span<byte> challenge = stackalloc byte[2 * sizeof(uint) + BodyLength];
        BinaryPrimitives.WriteUInt32BigEndian(challenge, number1);
        BinaryPrimitives.WriteUInt32BigEndian(challenge[sizeof(uint)..], number2);
        body.CopyTo(challenge[(2 * sizeof(uint))..]);
#pragma warning disable CA5351 // The draft prescribes MD5; nothing secret depends on it.
        MD5.HashData(challenge, digest);
#pragma warning restore CA5351
    }
}
