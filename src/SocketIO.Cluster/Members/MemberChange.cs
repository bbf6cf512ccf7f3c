// What a member's requests make of its state.
namespace SocketIO.Cluster;

/// <summary>The state that follows from the requests that wait.</summary>
internal sealed class MemberChange
{
    private readonly HashSet<MemberRequest> _refused = [];

    private MemberChange(MemberState next)
    {
        Next = next;
    }

    public MemberState Next { get; }

    /// <summary>The rooms that the member was not in before.</summary>
    public List<string> Joined { get; } = [];

    public static MemberChange Of(MemberState state, IReadOnlyList<MemberRequest> requests, MemberOptions options)
    {
        var change = new MemberChange(state.Copy());
        foreach (var request in requests)
        {
            change.Apply(request, options);
        }

        return change;
    }

    /// <summary>Whether the member is in its most rooms without this one.</summary>
    public bool Refuses(MemberRequest request) => _refused.Contains(request);

    private void Apply(MemberRequest request, MemberOptions options)
    {
        var known = Next.Rooms.GetValueOrDefault(request.Room);
        if (request.Joins
            ? known is { Joined: true, Confirmed: true }
            : known is not { Joined: true } || (request.OnlyVersion is { } only && known.Version != only))
        {
            return;
        }

        if (request.Joins && known is null && Next.Rooms.Count >= options.MaxRoomsPerMember)
        {
            _refused.Add(request);
            return;
        }

        // A join that is stored and not confirmed may be just being taken back by the one that stored it: a new version is not.
        Next.Rooms[request.Room] = new MemberRoom(++Next.Version, request.Joins, Confirmed: false);
        if (request.Joins && known is not { Joined: true })
        {
            Joined.Add(request.Room);
        }
    }
}
