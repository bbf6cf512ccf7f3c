// Who gets it, and how: an immutable choice of sockets, and what can be done with them.
namespace SocketIO.Server;

/// <summary>
/// A choice of sockets of a namespace. Every method that narrows or widens it gives a new one, so it can be kept and shared.
/// Source: <see href="https://socket.io/docs/v4/rooms/"/>.
/// </summary>
public sealed class BroadcastOperator
{
    private readonly Namespace _namespace;
    private readonly BroadcastOptions _options;
    private readonly CancellationToken _cancellation;

    internal BroadcastOperator(Namespace ns, BroadcastOptions options, CancellationToken cancellation = default)
    {
        _namespace = ns;
        _options = options;
        _cancellation = cancellation;
    }

    /// <summary>Only sockets of this node.</summary>
    public BroadcastOperator Local => With(_options with { Local = true });

    /// <summary>Passes over clients that cannot take it right now: whose connection is busy, or who have no poll waiting.</summary>
    public BroadcastOperator Volatile => With(_options with { Volatile = true });

    /// <summary>Adds rooms; a socket in several of them is met once. A socket's id is a room.</summary>
    /// <param name="rooms">The rooms.</param>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => With(_options with { Rooms = [.. _options.Rooms, .. rooms] });

    /// <summary>The same as <see cref="To"/>.</summary>
    /// <param name="rooms">The rooms.</param>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => To(rooms);

    /// <summary>Leaves out who is in any of these rooms.</summary>
    /// <param name="rooms">The rooms.</param>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => With(_options with { Except = [.. _options.Except, .. rooms] });

    /// <summary>Whether what is sent may be compressed (it may, unless said otherwise; where compression is on).</summary>
    /// <param name="compress">Whether it may.</param>
    public BroadcastOperator Compress(bool compress) => With(_options with { Compress = compress });

    /// <summary>How long to wait for acknowledgements.</summary>
    /// <param name="timeout">Above zero.</param>
    public BroadcastOperator Timeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return With(_options with { Timeout = timeout });
    }

    /// <summary>Gives up waiting for acknowledgements when <paramref name="cancellationToken"/> is cancelled.</summary>
    /// <param name="cancellationToken">The token.</param>
    public BroadcastOperator WithCancellation(CancellationToken cancellationToken) => new(_namespace, _options, cancellationToken);

    /// <summary>Sends an event. Never waits for a client.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments; byte arrays, memory and streams in them are sent as binary.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    public void Emit(string eventName, params object?[] args) =>
        Forget(_namespace.Adapter.BroadcastAsync(_namespace.Server.CreateEvent(eventName, args), _options));

    /// <summary>Sends a <c>message</c> event.</summary>
    /// <param name="args">Its arguments.</param>
    public void Send(params object?[] args) => Emit("message", args);

    /// <summary>Sends an event and waits for the answer of every client it reaches.</summary>
    /// <typeparam name="T">What the first value of an answer is read as.</typeparam>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <returns>The answers in the order in which they came, without those that are no <typeparamref name="T"/>; empty if there was nobody to ask.</returns>
    /// <exception cref="AckTimeoutException{T}">Not all have answered in time. Without <see cref="Timeout"/> it is thrown at once, as in Node.</exception>
    public Task<IReadOnlyList<T?>> EmitWithAckAsync<T>(string eventName, params object?[] args) =>
        BroadcastCollector.CollectAsync<T>(_namespace, _namespace.Server.CreateEvent(eventName, args), _options, _cancellation);

    /// <summary>The sockets chosen, of all nodes.</summary>
    public ValueTask<IReadOnlyList<RemoteSocket>> FetchSocketsAsync() => _namespace.Adapter.FetchSocketsAsync(_options);

    /// <summary>Puts the sockets chosen into rooms.</summary>
    /// <param name="rooms">The rooms.</param>
    public ValueTask SocketsJoinAsync(params IReadOnlyCollection<string> rooms) => _namespace.Adapter.AddSocketsAsync(_options, rooms);

    /// <summary>Takes the sockets chosen out of rooms.</summary>
    /// <param name="rooms">The rooms.</param>
    public ValueTask SocketsLeaveAsync(params IReadOnlyCollection<string> rooms) => _namespace.Adapter.DeleteSocketsAsync(_options, rooms);

    /// <summary>Disconnects the sockets chosen.</summary>
    /// <param name="close">Whether their connections are closed as well.</param>
    public ValueTask DisconnectSocketsAsync(bool close = false) => _namespace.Adapter.DisconnectSocketsAsync(_options, close);

    internal void EmitTo(string eventName, object?[] args, bool isVolatile) =>
        (isVolatile ? Volatile : this).Emit(eventName, args);

    // Sending is fire and forget; what fails is the adapter's to report.
    private void Forget(ValueTask task) => _namespace.Server.Forget(task);

    private BroadcastOperator With(BroadcastOptions options) => new(_namespace, options, _cancellation);
}
