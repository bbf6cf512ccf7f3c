using Orleans;

namespace SocketIO.Orleans;

/// <summary>An event for a room, on its way through the room's stream.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.RoomEvent")]
public sealed class RoomEvent
{
    private RoomEvent(EventMessage message, string[] exceptRooms)
    {
        Message = message;
        ExceptRooms = exceptRooms;
    }

    [Id(0)]
    internal EventMessage Message { get; }

    [Id(1)]
    internal string[] ExceptRooms { get; }

    /// <summary>Makes an event.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments; byte arrays, memory and streams in them are sent as binary.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    public static RoomEvent Create(string eventName, params ReadOnlySpan<object?> args) => new(EventJson.Web.WriteEvent(eventName, args), []);

    /// <summary>Leaves out who is in any of these rooms.</summary>
    /// <param name="rooms">The rooms; a socket's id is one.</param>
    public RoomEvent Except(params ReadOnlySpan<string> rooms) => new(Message, [.. ExceptRooms, .. rooms]);
}
