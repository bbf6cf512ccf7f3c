namespace SocketIO.Cluster;

/// <summary>What is stored of a session that can be recovered. Never changed: each change makes another.</summary>
internal sealed record SessionState
{
    /// <summary>Rises with each claim; who writes under a lower one is no longer the owner.</summary>
    public ulong Generation { get; init; }

    public GatewayId Owner { get; init; }

    /// <summary>The claim that made <see cref="Owner"/> the owner; tells a claim that is applied again from another one.</summary>
    public long Claim { get; init; }

    /// <summary>Who owned it before, to be told by a claim that is applied again as well.</summary>
    public GatewayId PreviousOwner { get; init; }

    /// <summary>The owner's latest save; an earlier one that arrives later changes nothing.</summary>
    public long Revision { get; init; }

    public string SocketId { get; init; } = "";

    /// <summary>The principal; null for none.</summary>
    public string? User { get; init; }

    public IReadOnlyList<string> Rooms { get; init; } = [];

    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Since when the client is away; null while it is connected as far as its owner knows.</summary>
    public TimeSpan? AwaySince { get; init; }

    /// <summary>When its owner last wrote.</summary>
    public TimeSpan Seen { get; init; }

    /// <summary>It ended by somebody's will. It stays for as long as it could have been recovered, so that nothing late begins it again.</summary>
    public bool IsOver { get; init; }

    public bool IsExpired(TimeSpan now, SessionOptions options)
    {
        return AwaySince is { } since ? now - since > options.MaxDisconnectionDuration : now - Seen > options.MaxSilence;
    }

    public ReadOnlyMemory<byte> Write()
    {
        var writer = new StateWriter(StateKind.Session, 256 + Data.Length);
        writer.WriteNumber(Generation);
        writer.WriteNumber((ulong)Owner.Value);
        writer.WriteNumber((ulong)Claim);
        writer.WriteNumber((ulong)PreviousOwner.Value);
        writer.WriteNumber((ulong)Revision);
        writer.WriteText(SocketId);
        writer.WriteByte((byte)((User is null ? 0 : 1) | (AwaySince is null ? 0 : 2) | (IsOver ? 4 : 0)));
        writer.WriteText(User ?? "");
        writer.WriteTime(AwaySince ?? TimeSpan.Zero);
        writer.WriteTime(Seen);
        writer.WriteNumber((ulong)Rooms.Count);
        foreach (var room in Rooms)
        {
            writer.WriteText(room);
        }

        writer.WriteBytes(Data.Span);
        return writer.Written;
    }

    /// <exception cref="StateFormatException">The bytes are not a session.</exception>
    public static SessionState Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, StateKind.Session);
        var state = new SessionState
        {
            Generation = reader.ReadNumber(),
            Owner = new GatewayId((long)reader.ReadNumber()),
            Claim = (long)reader.ReadNumber(),
            PreviousOwner = new GatewayId((long)reader.ReadNumber()),
            Revision = (long)reader.ReadNumber(),
            SocketId = reader.ReadText(),
        };
        var flags = reader.ReadByte();
        var user = reader.ReadText();
        var away = reader.ReadTime();
        var seen = reader.ReadTime();
        var rooms = new string[reader.ReadCount(1)];
        for (var i = 0; i < rooms.Length; i++)
        {
            rooms[i] = reader.ReadText();
        }

        var data = reader.ReadBytes();
        reader.End();
        return state with
        {
            User = (flags & 1) != 0 ? user : null,
            AwaySince = (flags & 2) != 0 ? away : null,
            IsOver = (flags & 4) != 0,
            Seen = seen,
            Rooms = rooms,
            Data = data,
        };
    }
}
