using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SocketIO.Cluster;

/// <summary>One line of a shard: a member, the version of its change, and whether it is in the room. The hash decides its shard and the order of listings.</summary>
internal readonly record struct RosterEntry(ulong Hash, string Member, ulong Version, bool Present)
{
    /// <summary>What it takes in a stored shard, at most.</summary>
    public int StoredBytes => 6 + Encoding.UTF8.GetByteCount(Member);

    public static RosterEntry Of(string member, ulong version, bool present)
    {
        return new RosterEntry(HashOf(member), member, version, present);
    }

    /// <summary>Whether this entry makes the other one void: it is newer, or as new and an absence.</summary>
    public bool Supersedes(in RosterEntry other)
    {
        return Version > other.Version || (Version == other.Version && (!Present || other.Present));
    }

    public static void Write(ref StateWriter writer, in RosterEntry entry)
    {
        writer.WriteNumber(((ulong)Encoding.UTF8.GetByteCount(entry.Member) << 1) | (entry.Present ? 1u : 0u));
        writer.WriteTextBytes(entry.Member);
        writer.WriteNumber(entry.Version);
    }

    public static RosterEntry[] ReadAll(ref StateReader reader)
    {
        var entries = new RosterEntry[reader.ReadCount(2)];
        for (var i = 0; i < entries.Length; i++)
        {
            var length = reader.ReadNumber();
            if (length >> 1 > int.MaxValue)
            {
                throw new StateFormatException("A member's id in the stored bytes is too long.");
            }

            var member = reader.ReadText((int)(length >> 1));
            entries[i] = Of(member, reader.ReadNumber(), (length & 1) == 1);
        }

        return entries;
    }

    /// <summary>The order of shards and listings.</summary>
    public static int Compare(RosterEntry left, RosterEntry right)
    {
        var order = left.Hash.CompareTo(right.Hash);
        return order != 0 ? order : string.CompareOrdinal(left.Member, right.Member);
    }

    /// <summary>SHA-256, so that nobody can aim many ids at one shard with little effort.</summary>
    private static ulong HashOf(string member)
    {
        var length = Encoding.UTF8.GetMaxByteCount(member.Length);
        Span<byte> bytes = length <= 512 ? stackalloc byte[length] : new byte[length];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(member, bytes)], hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
