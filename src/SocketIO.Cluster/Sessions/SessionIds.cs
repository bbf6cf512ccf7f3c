// Whoever knows a session's id may act for its client, and every gateway has to know its owner by it, and nobody to make one up.
using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SocketIO.Cluster;

/// <summary>
/// Makes and checks the ids of Engine.IO sessions, and the private ones by which clients come back: the incarnation of the gateway that made it, 104 random
/// bits, and a MAC of both and of what the id is for (HMAC-SHA256, cut to 96 bits) under a key that all gateways of a cluster share; 44 base64url characters.
/// Thread-safe.
/// </summary>
internal sealed class SessionIds
{
    /// <summary>The bytes that a key should have.</summary>
    public const int KeyBytes = 32;

    private const int OwnerBytes = 8;
    private const int RandomBytes = 13;
    private const int MacBytes = 12;
    private const int SignedBytes = OwnerBytes + RandomBytes;
    private const int Bytes = SignedBytes + MacBytes;
    private const int Length = Bytes / 3 * 4;

    private volatile byte[]? _key;

    /// <summary>Sets the cluster's key. Until then no id is known and none can be made.</summary>
    /// <exception cref="ArgumentException">It is too short.</exception>
    public void SetKey(ReadOnlySpan<byte> key)
    {
        if (key.Length < KeyBytes)
        {
            throw new ArgumentException($"The cluster's key for session ids has {key.Length} bytes; it needs {KeyBytes} at least.", nameof(key));
        }

        _key = key.ToArray();
    }

    /// <summary>Makes an id for a session of a gateway.</summary>
    /// <param name="owner">The gateway.</param>
    /// <param name="ns">The namespace in which a private id is good for coming back; none: it is the id of an Engine.IO session.</param>
    /// <exception cref="InvalidOperationException">There is no key yet.</exception>
    public string Create(GatewayId owner, string ns = "")
    {
        var key = _key ?? throw new InvalidOperationException("A session can't begin before the gateway has the cluster's key: the silo has not started yet.");
        Span<byte> id = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(id, owner.Value);
        RandomNumberGenerator.Fill(id.Slice(OwnerBytes, RandomBytes));
        Sign(key, id[..SignedBytes], ns, id[SignedBytes..]);
        return Base64Url.EncodeToString(id);
    }

    /// <summary>Reads the owner from an id; <see langword="false"/>: the id was not made under the key, or not for this.</summary>
    public bool TryRead(string id, out GatewayId owner, string ns = "")
    {
        owner = default;
        Span<byte> bytes = stackalloc byte[Bytes];
        if (_key is not { } key || id.Length != Length || Base64Url.DecodeFromChars(id, bytes, out _, out var length) != OperationStatus.Done || length != Bytes)
        {
            return false;
        }

        Span<byte> mac = stackalloc byte[MacBytes];
        Sign(key, bytes[..SignedBytes], ns, mac);
        owner = new GatewayId(BinaryPrimitives.ReadInt64LittleEndian(bytes));
        return CryptographicOperations.FixedTimeEquals(mac, bytes[SignedBytes..]);
    }

    private static void Sign(byte[] key, ReadOnlySpan<byte> signed, string ns, Span<byte> mac)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, ns.Length == 0 ? signed : [.. signed, .. Encoding.UTF8.GetBytes(ns)], whole);
        whole[..MacBytes].CopyTo(mac);
    }
}
