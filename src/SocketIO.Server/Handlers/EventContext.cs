// One event on its way into a handler.
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// The event being dispatched. It borrows the packet's memory and is reused by the thread: nothing that outlives the handler's first
/// await may hold it. Compiled handlers call its public members.
/// </summary>
internal sealed class EventContext
{
    [ThreadStatic]
    private static EventContext? _cached;

    private Packet _packet;
    private HandlerArgument[] _arguments = [];
    private IServiceProvider? _services;

    public Socket Socket { get; private set; } = null!;

    public CancellationToken Disconnected => Socket.DisconnectToken;

    public static EventContext Rent(Socket socket, in Packet packet, HandlerArgument[] arguments, IServiceProvider? services)
    {
        var context = _cached ?? new EventContext();
        _cached = null;
        context.Socket = socket;
        context._packet = packet;
        context._arguments = arguments;
        context._services = services;
        return context;
    }

    public void Return()
    {
        Socket = null!;
        _packet = default;
        _services = null;
        _cached = this;
    }

    public T? Argument<T>(int position)
    {
        // The event's name comes first.
        var index = position + 1;
        if (index >= _packet.Arguments.Length)
        {
            var expected = _arguments[position];
            return expected.MayBeMissing
                ? expected.Default is null ? default : (T)expected.Default
                : throw new EventBindingException($"The argument '{expected.Name}' (number {position}, {typeof(T).Name}) is missing.");
        }

        var argument = _packet.Arguments.Span[index];
        try
        {
            return Socket.Server.Serializer.Read<T>(_packet.Payload.Span.Slice(argument.Start, argument.Length), argument.Kind, _packet.Attachments);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or NotSupportedException or ArgumentException)
        {
            throw new EventBindingException($"The argument '{_arguments[position].Name}' (number {position}) is no {typeof(T).Name}: {e.Message}", e);
        }
    }

    public T GetService<T>()
        where T : notnull => _services!.GetRequiredService<T>();

    public Ack CreateAck() => new(Socket, _packet.Id);

    public EventArguments CopyArguments() => ToArguments(_packet.Detach(), Socket.Server.Serializer);

    public ValueTask Reply<T>(T value)
    {
        if (_packet.Id >= 0)
        {
            Socket.SendAck(_packet.Id, value);
        }

        return default;
    }

    public ValueTask ReplyWithTask<T>(Task<T> task) => ReplyWithValueTask(new ValueTask<T>(task));

    public ValueTask ReplyWithValueTask<T>(ValueTask<T> task) =>
        task.IsCompletedSuccessfully ? Reply(task.Result) : ReplyLaterAsync(Socket, _packet.Id, task);

    /// <summary>The arguments of a packet that owns its memory.</summary>
    public static EventArguments ToArguments(in Packet detached, EventSerializer serializer) => new(
        serializer,
        new EventPayload(detached.Payload, detached.Attachments),
        detached.Arguments.Length <= 1 ? [] : detached.Arguments[1..].ToArray());

    private static async ValueTask ReplyLaterAsync<T>(Socket socket, long id, ValueTask<T> task)
    {
        var value = await task.ConfigureAwait(false);
        if (id >= 0)
        {
            socket.SendAck(id, value);
        }
    }
}

/// <summary>What a client sent does not fit the handler's parameters. The handler was not called.</summary>
public sealed class EventBindingException : Exception
{
    internal EventBindingException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>
/// A client's request for an acknowledgement, for handlers that answer themselves: with several values, or later. It answers once;
/// later calls are ignored, as are calls where the client asked for none.
/// </summary>
public sealed class Ack
{
    private readonly Socket _socket;
    private readonly long _id;
    private int _sent;

    internal Ack(Socket socket, long id)
    {
        _socket = socket;
        _id = id;
    }

    /// <summary>Whether the client asked for an answer.</summary>
    public bool IsRequested => _id >= 0;

    /// <summary>Answers.</summary>
    /// <param name="values">The values of the answer.</param>
    public void Send(params object?[] values)
    {
        if (_id >= 0 && Interlocked.Exchange(ref _sent, 1) == 0)
        {
            _socket.SendAck(_id, values);
        }
    }

    /// <summary>Answers with values that another process has written.</summary>
    /// <param name="answer">The values.</param>
    public void Send(EventPayload answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (_id >= 0 && Interlocked.Exchange(ref _sent, 1) == 0)
        {
            _socket.SendAck(_id, answer);
        }
    }
}

/// <summary>An event as middlewares and catch-all listeners see it.</summary>
public sealed class SocketEvent
{
    internal SocketEvent(string name, EventArguments arguments, Ack? ack)
    {
        Name = name;
        Arguments = arguments;
        Ack = ack;
    }

    /// <summary>The event's name.</summary>
    public string Name { get; }

    /// <summary>The arguments, without the name.</summary>
    public EventArguments Arguments { get; }

    /// <summary>The answer that the client waits for, or <see langword="null"/> where it asked for none, and on outgoing events.</summary>
    public Ack? Ack { get; }
}
