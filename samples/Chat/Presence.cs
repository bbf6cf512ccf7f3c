using SocketIO.Server;

namespace Chat;

/// <summary>Tells who is in which room. One announcement at a time, so that the last one heard is the last one true.</summary>
public sealed class Presence(SocketIOServer io) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>The members of a room, by name.</summary>
    /// <param name="room">The chat's name of it.</param>
    public async Task<IReadOnlyList<User>> GetMembersAsync(string room)
    {
        var sockets = await io.In(RoomName.ToServer(room)).FetchSocketsAsync();
        return [.. sockets.Select(static socket => socket.GetUser()).OrderBy(static user => user.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Begins a session: the first event is the welcome, and no list of rooms comes before it.</summary>
    /// <param name="socket">The socket.</param>
    public async Task WelcomeAsync(Socket socket)
    {
        await _gate.WaitAsync();
        try
        {
            socket.Emit("welcome", new Welcome(socket.GetUser(), Limits.Default));
            socket.Emit("rooms", GetRooms());
            await socket.JoinAsync(RoomName.Everybody);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Tells rooms of their members, and everybody of the rooms.</summary>
    /// <param name="changed">The rooms whose members have changed.</param>
    public async Task AnnounceAsync(params IReadOnlyCollection<string> changed)
    {
        await _gate.WaitAsync();
        try
        {
            foreach (var room in changed)
            {
                io.To(RoomName.ToServer(room)).Emit("presence", room, await GetMembersAsync(room));
            }

            io.To(RoomName.Everybody).Emit("rooms", GetRooms());
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    // The permanent ones first.
    private IReadOnlyList<RoomSummary> GetRooms()
    {
        var rooms = io.Sockets.Adapter.Rooms;
        var names = RoomName.FromServer(rooms.Keys).Except(RoomName.Permanent).Order(StringComparer.OrdinalIgnoreCase);
        return [.. RoomName.Permanent.Concat(names).Select(name => new RoomSummary(name, rooms.GetValueOrDefault(RoomName.ToServer(name))?.Count ?? 0))];
    }
}
