// A socket's own room needs no route: its id tells which gateway made it.
namespace SocketIO.Cluster;

/// <summary>
/// The first four characters of a socket id: 24 bits of its gateway, the remaining 96 bits are random. A hint may fit more than one gateway; each filters by
/// its own sockets, so that costs a delivery and no more.
/// </summary>
internal static class SocketIdHint
{
    /// <summary>The characters of a socket id.</summary>
    public const int SocketIdLength = 20;

    /// <summary>The characters of the hint.</summary>
    public const int Length = 4;

    private static ReadOnlySpan<byte> Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8;

    /// <summary>Writes a gateway's hint.</summary>
    public static void Write(GatewayId gateway, Span<byte> hint)
    {
        // Incarnations may be counted: all their bits have to reach the 24 (Fibonacci hashing).
        var bits = (ulong)gateway.Value * 0x9E3779B97F4A7C15UL >> 40;
        for (var i = 0; i < Length; i++)
        {
            hint[i] = Alphabet[(int)(bits >> (18 - (6 * i))) & 63];
        }
    }

    /// <summary>The hint as a number to compare; it stands for the same four characters.</summary>
    public static uint Of(GatewayId gateway)
    {
        Span<byte> hint = stackalloc byte[Length];
        Write(gateway, hint);
        return Read(hint);
    }

    /// <summary>Whether an id may have been made by a gateway.</summary>
    public static bool IsOf(GatewayId gateway, string socketId)
    {
        Span<byte> hint = stackalloc byte[Length];
        Write(gateway, hint);
        return socketId.Length == SocketIdLength && System.Text.Ascii.Equals(hint, socketId.AsSpan(0, Length));
    }

    /// <summary>The first four characters of an id as the number that <see cref="Of"/> gives.</summary>
    public static uint Read(ReadOnlySpan<byte> id) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(id);
}
