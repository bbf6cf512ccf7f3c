namespace SocketIO.Cluster;

/// <summary>
/// The head of a shard: small, written at each change, and the only thing whose write decides anything. A <em>leaf</em> names its body
/// (immutable, stored under the version of the head that was folded into it) and keeps the changes since then in a journal;
/// a <em>branch</em> has given its members to sixteen children, by the next four bits of their hash, and changes no more.
/// </summary>
/// <remarks>
/// A full journal is frozen: nobody adds to it, so what follows from it (body, children) has a name and a content that its version decides.
/// Whoever dies on the way leaves something that the next one would write to the letter. Then one write of the head makes it valid at once.
/// </remarks>
internal sealed class RosterHead
{
    public const int Children = 16;

    public const int MaxDepth = 16;

    public static readonly RosterHead Empty = new();

    /// <summary>Rises with each write of this head.</summary>
    public ulong Version { get; init; }

    /// <summary>A body that is no longer named and still to be removed; 0 for none.</summary>
    public ulong Obsolete { get; init; }

    /// <summary>The version that the children's keys carry: of the head that was split. 0 for a leaf.</summary>
    public ulong Generation { get; init; }

    /// <summary>Of the uppermost branch: the number of members of the room, not exact.</summary>
    public long Total { get; init; }

    /// <summary>The version that the body's key carries; 0 for none.</summary>
    public ulong BodyVersion { get; init; }

    public int BodyCount { get; init; }

    public RosterEntry[] Journal { get; init; } = [];

    public bool IsBranch => Generation > 0;

    /// <summary>The number of members of a leaf as far as its head shows: a member that joins again counts twice until the next fold.</summary>
    public int Believed
    {
        get
        {
            var count = BodyCount;
            foreach (var entry in Journal)
            {
                count += entry.Present ? 1 : -1;
            }

            return Math.Max(count, 0);
        }
    }

    public ReadOnlyMemory<byte> Write()
    {
        var writer = new StateWriter(StateKind.RosterHead, 32 + (Journal.Length * 48));
        writer.WriteNumber(Version);
        writer.WriteNumber(Obsolete);
        writer.WriteNumber(Generation);
        if (IsBranch)
        {
            writer.WriteNumber((ulong)Math.Max(Total, 0));
            return writer.Written;
        }

        writer.WriteNumber(BodyVersion);
        writer.WriteNumber((ulong)BodyCount);
        writer.WriteNumber((ulong)Journal.Length);
        foreach (var entry in Journal)
        {
            RosterEntry.Write(ref writer, entry);
        }

        return writer.Written;
    }

    /// <exception cref="StateFormatException">The bytes are not a head.</exception>
    public static RosterHead Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, StateKind.RosterHead);
        var version = reader.ReadNumber();
        var obsolete = reader.ReadNumber();
        var generation = reader.ReadNumber();
        RosterHead head;
        if (generation > 0)
        {
            head = new RosterHead { Version = version, Obsolete = obsolete, Generation = generation, Total = (long)Math.Min(reader.ReadNumber(), long.MaxValue) };
        }
        else
        {
            head = new RosterHead
            {
                Version = version,
                Obsolete = obsolete,
                BodyVersion = reader.ReadNumber(),
                BodyCount = (int)Math.Min(reader.ReadNumber(), int.MaxValue / 2),
                Journal = RosterEntry.ReadAll(ref reader),
            };
        }

        reader.End();
        return head;
    }
}
