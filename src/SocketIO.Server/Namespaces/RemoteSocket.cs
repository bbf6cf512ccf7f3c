using System.Text.Json;

namespace SocketIO.Server;

/// <summary>
/// A socket of any node, as it was when it was fetched, with what can be done to it from here.
/// Source: <see href="https://socket.io/docs/v4/server-instance/#remotesocket"/>.
/// </summary>
public sealed class RemoteSocket
{
    private readonly Namespace _namespace;

    /// <summary>Describes a socket of another node.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="id">Its id.</param>
    /// <param name="handshake">How it came in.</param>
    /// <param name="rooms">Its rooms.</param>
    /// <param name="data">Its data.</param>
    public RemoteSocket(Namespace ns, string id, Handshake handshake, IReadOnlySet<string> rooms, SocketData data)
    {
        _namespace = ns;
        Id = id;
        Handshake = handshake;
        Rooms = rooms;
        Data = data;
    }

    internal RemoteSocket(Socket socket)
        : this(socket.Namespace, socket.Id, socket.Handshake, socket.Rooms, socket.Data)
    {
    }

    /// <summary>A socket as <see cref="Write"/> described it; for adapters.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="payload">The description.</param>
    /// <exception cref="JsonException">It is nothing of the kind.</exception>
    public static RemoteSocket Read(Namespace ns, EventPayload payload)
    {
        ArgumentNullException.ThrowIfNull(ns);
        ArgumentNullException.ThrowIfNull(payload);
        var arguments = new EventArguments(ns.Server.Serializer, payload, isEvent: false);
        try
        {
            return new RemoteSocket(
                ns,
                arguments.Get<string>(0)!,
                Handshake.Read(arguments[2], ns.Server.Serializer.Options),
                arguments.Get<HashSet<string>>(1)!,
                SocketData.Read(arguments, 3));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException("This describes no socket: its id, its rooms, its handshake and its data are expected.", e);
        }
    }

    /// <summary>The socket's id.</summary>
    public string Id { get; }

    /// <summary>How it came in.</summary>
    public Handshake Handshake { get; }

    /// <summary>Its rooms when it was fetched.</summary>
    public IReadOnlySet<string> Rooms { get; }

    /// <summary>Its data when it was fetched; changes here do not reach a socket of another node.</summary>
    public SocketData Data { get; }

    /// <summary>Sends it an event.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    public void Emit(string eventName, params object?[] args) => Operator.Emit(eventName, args);

    /// <summary>Sends it an event and waits for its answer.</summary>
    /// <typeparam name="T">What the first value of the answer is read as.</typeparam>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="AckTimeoutException">It has not answered in time, or is gone.</exception>
    public Task<T?> EmitWithAckAsync<T>(TimeSpan timeout, string eventName, params object?[] args) =>
        SingleAsync(Operator.Timeout(timeout).EmitWithAckAsync<T>(eventName, args));

    /// <summary>Puts it into rooms.</summary>
    /// <param name="rooms">The rooms.</param>
    public ValueTask JoinAsync(params IReadOnlyCollection<string> rooms) => Operator.SocketsJoinAsync(rooms);

    /// <summary>Takes it out of a room.</summary>
    /// <param name="room">The room.</param>
    public ValueTask LeaveAsync(string room) => Operator.SocketsLeaveAsync(room);

    /// <summary>Disconnects it.</summary>
    /// <param name="close">Whether its connection is closed as well.</param>
    public ValueTask DisconnectAsync(bool close = false) => Operator.DisconnectSocketsAsync(close);

    /// <summary>The socket in the form that crosses processes; for adapters.</summary>
    /// <exception cref="NotSupportedException">A value of its data can't be serialized.</exception>
    public EventPayload Write()
    {
        var serializer = _namespace.Server.Serializer;
        var writer = serializer.Rent();
        try
        {
            serializer.Write(writer, Id);
            writer.Json.WriteStartArray();
            foreach (var room in Rooms)
            {
                writer.Json.WriteStringValue(room);
            }

            writer.Json.WriteEndArray();
            Handshake.WriteTo(writer.Json);
            Data.WriteTo(writer, serializer);
            return writer.ToPayload();
        }
        finally
        {
            EventSerializer.Return(writer);
        }
    }

    private BroadcastOperator Operator => _namespace.To(Id);

    private static async Task<T?> SingleAsync<T>(Task<IReadOnlyList<T?>> answers) =>
        await answers.ConfigureAwait(false) is [var answer, ..] ? answer : throw new AckTimeoutException();
}
