// Answers that the server waits for.
namespace SocketIO.Server;

/// <summary>Not all answers came in time.</summary>
public class AckTimeoutException : TimeoutException
{
    /// <summary>Makes the error.</summary>
    /// <param name="responses">The answers that did come.</param>
    /// <param name="message">What happened.</param>
    public AckTimeoutException(IReadOnlyList<EventPayload>? responses = null, string message = "operation has timed out")
        : base(message) => Payloads = responses ?? [];

    /// <summary>The answers that did come, as they were received.</summary>
    public IReadOnlyList<EventPayload> Payloads { get; }
}

/// <summary>Not all clients answered a broadcast in time.</summary>
/// <typeparam name="T">What an answer is read as.</typeparam>
public sealed class AckTimeoutException<T> : AckTimeoutException
{
    internal AckTimeoutException(IReadOnlyList<EventPayload> payloads, IReadOnlyList<T> responses, string message)
        : base(payloads, message) => Responses = responses;

    /// <summary>The answers that did come.</summary>
    public IReadOnlyList<T> Responses { get; }
}

/// <summary>The client has gone before it answered.</summary>
public sealed class SocketDisconnectedException : Exception
{
    internal SocketDisconnectedException(string socketId)
        : base($"The socket {socketId} has disconnected before it acknowledged.")
    {
    }
}

/// <summary>Refuses a client: thrown by a middleware, it reaches the client as <c>connect_error</c>.</summary>
public sealed class ConnectRefusedException : Exception
{
    internal const string DefaultMessage = "Connection refused";

    /// <summary>Makes the refusal.</summary>
    /// <param name="message">The error's message for the client.</param>
    /// <param name="data">Its data, or <see langword="null"/>.</param>
    public ConnectRefusedException(string message, object? data = null)
        : base(message) => Details = data;

    /// <summary>What the client gets as the error's <c>data</c>.</summary>
    public object? Details { get; }
}

/// <summary>Somebody waits for an answer to an event.</summary>
internal abstract class PendingAck
{
    public abstract void OnAnswer(EventPayload payload);

    public abstract void OnDisconnected();
}

/// <summary>One client's answer as a task, with an end to the waiting.</summary>
internal sealed class AckWaiter : PendingAck
{
    private readonly Socket _socket;
    private readonly long _id;
    private readonly TaskCompletionSource<EventPayload> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CallbackTimer? _timer;
    private CancellationTokenRegistration _cancelled;

    public AckWaiter(Socket socket, long id, TimeSpan? timeout)
    {
        _socket = socket;
        _id = id;
        if (timeout is { } delay)
        {
            _timer = new CallbackTimer(OnTimeout);
            socket.Server.Engine.Timers.Schedule(_timer, delay);
        }
    }

    public Task<EventPayload> Task => _answer.Task;

    /// <summary>Called before the answer is expected: who ends the waiting from then on finds the registration.</summary>
    public void CancelWith(CancellationToken token) => _cancelled = token.UnsafeRegister(
        static (state, token) => ((AckWaiter)state!).End(answer => answer.TrySetCanceled(token)),
        this);

    public override void OnAnswer(EventPayload payload) => End(answer => answer.TrySetResult(payload));

    /// <summary>Ends the waiting for an answer to what has not been sent.</summary>
    public void Abandon() => End(static answer => answer.TrySetCanceled());

    public override void OnDisconnected() => End(answer => answer.TrySetException(new SocketDisconnectedException(_socket.Id)));

    private void OnTimeout() => End(static answer => answer.TrySetException(new AckTimeoutException()));

    private void End(Action<TaskCompletionSource<EventPayload>> complete)
    {
        if (_timer is not null)
        {
            _socket.Server.Engine.Timers.Cancel(_timer);
        }

        _socket.ForgetAck(_id);
        complete(_answer);
        _cancelled.Unregister();
    }
}
