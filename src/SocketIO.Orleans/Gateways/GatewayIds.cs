// A silo's life is a gateway's life: Orleans never uses a silo address twice.
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>The incarnation numbers of gateways, which every silo derives from the silo's address and generation.</summary>
internal static class GatewayIds
{
    /// <summary>The gateway on a silo.</summary>
    public static GatewayId Of(SiloAddress silo)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(silo.ToParsableString()), hash);
        // Never negative: stored numbers have no sign.
        return new GatewayId(BinaryPrimitives.ReadInt64LittleEndian(hash) & long.MaxValue);
    }
}
