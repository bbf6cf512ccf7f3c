namespace SocketIO.Cluster;

/// <summary>
/// The head of a shard: small, written at each change, and the only thing whose write decides anything. A <em>leaf</em> names its body
/// (immutable, stored under the version of a head of this shard) and keeps the changes since then in a journal;
/// a <em>branch</em> has given its members to sixteen children, by the next four bits of their hash, until they are so few that it takes them back.
/// </summary>
/// <remarks>
/// <para>A full journal is frozen: nobody adds to it, so what follows from it (a body, or what the children begin with) has a name and a content that its
/// version decides. Whoever dies on the way leaves something that the next one would write to the letter. Then one write of the head makes it valid at once.</para>
/// <para>A branch that takes its members back says so in its head (<see cref="Merge"/>) before it closes the children. A child that is closed for that merge
/// takes nothing any more; when all are, they can't change, and one write of the branch makes it a leaf with their members. A merge that is given up is one that
/// the branch no longer names: what was closed for it is open again to whoever has read that.</para>
/// <para>A child's head is never removed, so that no write that comes late can bring it back; its <see cref="Origin"/> tells which split it belongs to.</para>
/// </remarks>
internal sealed record RosterHead
{
    public const int Children = 16;

    public const int MaxDepth = 16;

    public static readonly RosterHead Empty = new();

    /// <summary>Rises with each write of this head.</summary>
    public ulong Version { get; init; }

    /// <summary>The <see cref="Generation"/> of the branch that this shard was made for; 0 for the uppermost.</summary>
    public ulong Origin { get; init; }

    /// <summary>A body that is no longer named and still to be removed; 0 for none.</summary>
    public ulong Obsolete { get; init; }

    /// <summary>The version of the head that was split; 0 for a leaf.</summary>
    public ulong Generation { get; init; }

    /// <summary>Of a branch that takes its members back: the version at which that began; 0: it doesn't.</summary>
    public ulong Merge { get; init; }

    /// <summary>Of the uppermost branch: the number of members of the room, not exact.</summary>
    public long Total { get; init; }

    /// <summary>Of a leaf: the <see cref="Merge"/> of its branch that it was closed for; 0: for none.</summary>
    public ulong Closed { get; init; }

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
        var writer = new StateWriter(StateKind.RosterHead, 48 + (Journal.Length * 48));
        writer.WriteNumber(Version);
        writer.WriteNumber(Origin);
        writer.WriteNumber(Obsolete);
        writer.WriteNumber(Generation);
        if (IsBranch)
        {
            writer.WriteNumber(Merge);
            writer.WriteNumber((ulong)Math.Max(Total, 0));
            return writer.Written;
        }

        writer.WriteNumber(Closed);
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
        var head = new RosterHead
        {
            Version = reader.ReadNumber(),
            Origin = reader.ReadNumber(),
            Obsolete = reader.ReadNumber(),
            Generation = reader.ReadNumber(),
        };
        head = head.IsBranch
            ? head with { Merge = reader.ReadNumber(), Total = (long)Math.Min(reader.ReadNumber(), long.MaxValue) }
            : head with
            {
                Closed = reader.ReadNumber(),
                BodyVersion = reader.ReadNumber(),
                BodyCount = (int)Math.Min(reader.ReadNumber(), int.MaxValue / 2),
                Journal = RosterEntry.ReadAll(ref reader),
            };
        reader.End();
        return head;
    }
}
