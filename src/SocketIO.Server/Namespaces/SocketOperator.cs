using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>How something is sent to one socket: an immutable set of flags.</summary>
public sealed class SocketOperator
{
    private readonly Socket _socket;
    private readonly bool _volatile;
    private readonly bool _compress;
    private readonly TimeSpan? _timeout;
    private readonly CancellationToken _cancellation;

    internal SocketOperator(Socket socket, bool isVolatile, bool compress, TimeSpan? timeout, CancellationToken cancellation)
    {
        _socket = socket;
        _volatile = isVolatile;
        _compress = compress;
        _timeout = timeout;
        _cancellation = cancellation;
    }

    /// <summary>Drops what the client cannot take right now.</summary>
    public SocketOperator Volatile => new(_socket, true, _compress, _timeout, _cancellation);

    /// <summary>Others, in the same way.</summary>
    public BroadcastOperator Broadcast => ToBroadcast();

    /// <summary>Whether what is sent may be compressed.</summary>
    /// <param name="compress">Whether it may.</param>
    public SocketOperator Compress(bool compress) => new(_socket, _volatile, compress, _timeout, _cancellation);

    /// <summary>How long to wait for an answer.</summary>
    /// <param name="timeout">Above zero.</param>
    public SocketOperator Timeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return new SocketOperator(_socket, _volatile, _compress, timeout, _cancellation);
    }

    /// <summary>Gives up waiting for an answer when <paramref name="cancellationToken"/> is cancelled.</summary>
    /// <param name="cancellationToken">The token.</param>
    public SocketOperator WithCancellation(CancellationToken cancellationToken) => new(_socket, _volatile, _compress, _timeout, cancellationToken);

    /// <summary>Others in rooms, in the same way.</summary>
    /// <param name="rooms">The rooms.</param>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => ToBroadcast().To(rooms);

    /// <summary>Sends an event.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="PacketNotSupportedException">The client's generation has no form for it.</exception>
    public void Emit(string eventName, params object?[] args) => _socket.Emit(eventName, args, _volatile, _compress);

    /// <summary>Sends an event and waits for the client's answer.</summary>
    /// <typeparam name="T">What the first value of the answer is read as.</typeparam>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="AckTimeoutException">The client has not answered in time.</exception>
    /// <exception cref="SocketDisconnectedException">The client has gone.</exception>
    /// <exception cref="PacketNotSupportedException">The client's generation has no form for it.</exception>
    public Task<T?> EmitWithAckAsync<T>(string eventName, params object?[] args) =>
        _socket.FirstAsync<T>(_socket.EmitWithAck(eventName, args, _volatile, _compress, _timeout, _cancellation));

    /// <summary>The same with all values of the answer.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    public Task<EventArguments> EmitWithAckAsync(string eventName, params object?[] args) =>
        _socket.AllAsync(_socket.EmitWithAck(eventName, args, _volatile, _compress, _timeout, _cancellation));

    /// <summary>Sends a <c>message</c> event and waits until the client has it; see <see cref="Socket.SendWithAckAsync"/>.</summary>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="AckTimeoutException">The client has not acknowledged it in time.</exception>
    /// <exception cref="SocketDisconnectedException">The client has gone.</exception>
    /// <exception cref="PacketNotSupportedException">The client's generation has no form for it.</exception>
    public Task SendWithAckAsync(params object?[] args) => _socket.SendWithAck(args, _volatile, _compress, _timeout, _cancellation).Task;

    private BroadcastOperator ToBroadcast()
    {
        var others = _socket.Broadcast.Compress(_compress).WithCancellation(_cancellation);
        others = _volatile ? others.Volatile : others;
        return _timeout is { } timeout ? others.Timeout(timeout) : others;
    }
}
