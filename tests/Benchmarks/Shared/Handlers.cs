using SocketIO.Server;

namespace SocketIO.Benchmarks;

/// <summary>What load generators talk to, in one process or in a cluster.</summary>
internal static class Handlers
{
    /// <summary>"ack"(x) answers x, "join"(room), "bcast"(room, x) sends "msg"(x) to the room.</summary>
    public static void Map(SocketIOServer io) => io.OnConnection(socket => socket
        .On("ack", (string value) => value)
        .On("join", (string room) => socket.JoinAsync(room))
        .On("bcast", (string room, string value) => io.To(room).Emit("msg", value)));
}
