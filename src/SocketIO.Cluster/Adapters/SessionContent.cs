using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>What is known of a session beside its id.</summary>
/// <param name="Rooms">Its rooms.</param>
/// <param name="Data">Its data.</param>
internal sealed record SessionContent(IReadOnlyList<string> Rooms, EventPayload Data)
{
    /// <summary>As it travels from one gateway to another.</summary>
    public EventPayload Write() => RoomsJson.Write(Rooms, SessionDataFormat.Write(Data));

    /// <summary>As it came from another gateway.</summary>
    public static SessionContent Read(EventPayload payload) => new(RoomsJson.Read(payload), SessionDataFormat.Read(payload.Attachments.Span[0]));
}
