using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;

namespace SocketIO.Testing;

/// <summary>A client's socket in one namespace.</summary>
public sealed class TestSocket
{
    private readonly TestClient _client;
    private readonly Channel<TestEvent> _events = Channel.CreateUnbounded<TestEvent>();
    private readonly ConcurrentDictionary<long, TaskCompletionSource<TestEvent>> _acks = new();
    private readonly TaskCompletionSource<JsonElement> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _ackIds = -1;

    internal TestSocket(TestClient client, string ns)
    {
        _client = client;
        Namespace = ns;
    }

    public string Namespace { get; }

    public TestClient Client => _client;

    public string Id { get; private set; } = "";

    public string? PrivateId { get; private set; }

    /// <summary>The last argument of the last event: where recovery is on, the offset.</summary>
    public string? Offset { get; private set; }

    /// <summary>Why the socket ended, in the words of the JavaScript client.</summary>
    public Task<string> Disconnected => Patience.Within(_disconnected.Task);

    /// <summary>Answers events that want an answer; null: no answer.</summary>
    public Func<TestEvent, object?[]?>? Answer { get; set; }

    public async Task<TestEvent> NextAsync() => await Patience.Within(_events.Reader.ReadAsync().AsTask());

    /// <summary>The next event must have this name.</summary>
    public async Task<TestEvent> NextAsync(string name)
    {
        var next = await NextAsync();
        Assert.Equal(name, next.Name);
        return next;
    }

    public Task EmitAsync(string name, params object?[] args) => _client.SendEventAsync(Namespace, name, args, null);

    public async Task<TestEvent> EmitWithAckAsync(string name, params object?[] args) => await Patience.Within(await StartEmitWithAckAsync(name, args));

    /// <summary>Sends, and gives the answer as a task of its own.</summary>
    public async Task<Task<TestEvent>> StartEmitWithAckAsync(string name, params object?[] args)
    {
        var id = Interlocked.Increment(ref _ackIds);
        var answer = _acks.GetOrAdd(id, static _ => new TaskCompletionSource<TestEvent>(TaskCreationOptions.RunContinuationsAsynchronously));
        await _client.SendEventAsync(Namespace, name, args, id);
        return answer.Task;
    }

    /// <summary>Sends arguments as the JSON that they are, and gives the answer as a task of its own.</summary>
    public async Task<Task<TestEvent>> StartAskRawAsync(string name, string arguments)
    {
        var id = Interlocked.Increment(ref _ackIds);
        var answer = _acks.GetOrAdd(id, static _ => new TaskCompletionSource<TestEvent>(TaskCreationOptions.RunContinuationsAsynchronously));
        await _client.SendAsync($"42{(Namespace == "/" ? "" : Namespace + ",")}{id}[{JsonSerializer.Serialize(name)}{(arguments.Length == 0 ? "" : ",")}{arguments}]");
        return answer.Task;
    }

    public Task AckAsync(TestEvent received, params object?[] args) => _client.SendAckAsync(Namespace, received.AckId, args);

    public Task LeaveAsync() => _client.SendAsync("41" + (Namespace == "/" ? "" : Namespace + ","));

    internal Task<JsonElement> Connected => Patience.Within(_connected.Task);

    internal void OnConnected(JsonElement payload)
    {
        Id = payload.GetProperty("sid").GetString()!;
        PrivateId = payload.TryGetProperty("pid", out var pid) ? pid.GetString() : null;
        _connected.TrySetResult(payload);
    }

    internal void OnRefused(JsonElement payload) => _connected.TrySetException(new TestRefusedException(payload));

    internal void OnEvent(TestEvent received)
    {
        if (received.Args is [.., { ValueKind: JsonValueKind.String } last])
        {
            Offset = last.GetString();
        }

        if (received.AckId >= 0 && Answer?.Invoke(received) is { } answer)
        {
            _ = AckAsync(received, answer);
        }

        _events.Writer.TryWrite(received);
    }

    internal void OnAck(long id, TestEvent answer)
    {
        if (_acks.TryRemove(id, out var waiting))
        {
            waiting.TrySetResult(answer);
        }
    }

    internal void OnDisconnected(string reason)
    {
        _disconnected.TrySetResult(reason);
        _connected.TrySetException(new IOException("The connection ended: " + reason));
        _events.Writer.TryComplete(new IOException("The socket has disconnected: " + reason));
        foreach (var (_, waiting) in _acks)
        {
            waiting.TrySetException(new IOException("The socket has disconnected: " + reason));
        }
    }
}

/// <summary>The server refused the namespace.</summary>
public sealed class TestRefusedException(JsonElement payload) : Exception(payload.ToString())
{
    public JsonElement Payload { get; } = payload;

    public string Text => Payload.GetProperty("message").GetString()!;
}
