using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>What is known of a session beside its id.</summary>
/// <param name="Rooms">Its rooms.</param>
/// <param name="Data">Its data.</param>
internal sealed record SessionContent(IReadOnlyList<string> Rooms, EventPayload Data)
{
    /// <summary>What travels instead of a session that has ended by somebody's will, though that may not be stored yet.</summary>
    public static EventPayload Ended => EventPayload.Empty;

    /// <summary>As it travels from one gateway to another.</summary>
    public EventPayload Write() => RoomsJson.Write(Rooms, SessionDataFormat.Write(Data));

    /// <summary>As it came from another gateway; <see langword="null"/>: it has ended.</summary>
    public static SessionContent? Read(EventPayload payload) => payload.Attachments.IsEmpty ? null : new(RoomsJson.Read(payload), SessionDataFormat.Read(payload.Attachments.Span[0]));
}
