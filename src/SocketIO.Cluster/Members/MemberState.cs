namespace SocketIO.Cluster;

/// <summary>One room of a member: joined, or left and its roster may not know yet.</summary>
internal sealed record MemberRoom(ulong Version, bool Joined, bool Confirmed);

/// <summary>What is stored of a member: the truth about its durable membership.</summary>
internal sealed class MemberState
{
    /// <summary>Rises with each change; a room carries the version of its last one.</summary>
    public ulong Version { get; set; }

    /// <summary>When it was last touched, counted from an origin that all hosts share.</summary>
    public TimeSpan Seen { get; set; }

    public Dictionary<string, MemberRoom> Rooms { get; } = new(StringComparer.Ordinal);

    public MemberState Copy()
    {
        var copy = new MemberState { Version = Version, Seen = Seen };
        foreach (var (name, room) in Rooms)
        {
            copy.Rooms.Add(name, room);
        }

        return copy;
    }

    /// <summary>The roster of a room has what was stored under a version.</summary>
    public void Confirm(string name, ulong version)
    {
        if (!Rooms.TryGetValue(name, out var room) || room.Version != version)
        {
            return;
        }

        if (room.Joined)
        {
            Rooms[name] = room with { Confirmed = true };
        }
        else
        {
            Rooms.Remove(name);
        }
    }

    /// <summary>No roster counts as having confirmed.</summary>
    public void Doubt()
    {
        foreach (var (name, room) in Rooms.ToArray())
        {
            Rooms[name] = room with { Confirmed = false };
        }
    }

    public ReadOnlyMemory<byte> Write()
    {
        var writer = new StateWriter(StateKind.Member, 32 + (Rooms.Count * 24));
        writer.WriteNumber(Version);
        writer.WriteTime(Seen);
        writer.WriteNumber((ulong)Rooms.Count);
        foreach (var (name, room) in Rooms)
        {
            writer.WriteText(name);
            writer.WriteNumber(room.Version);
            writer.WriteByte((byte)((room.Joined ? 1 : 0) | (room.Confirmed ? 2 : 0)));
        }

        return writer.Written;
    }

    /// <exception cref="StateFormatException">The bytes are not a member's state.</exception>
    public static MemberState Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, StateKind.Member);
        var state = new MemberState { Version = reader.ReadNumber(), Seen = reader.ReadTime() };
        for (var count = reader.ReadCount(3); count > 0; count--)
        {
            var name = reader.ReadText();
            var version = reader.ReadNumber();
            var flags = reader.ReadByte();
            if (!state.Rooms.TryAdd(name, new MemberRoom(version, (flags & 1) != 0, (flags & 2) != 0)))
            {
                throw new StateFormatException("A room appears twice in the stored member.");
            }
        }

        reader.End();
        return state;
    }
}
