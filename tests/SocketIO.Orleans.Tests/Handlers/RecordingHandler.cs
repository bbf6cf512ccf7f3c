using System.Collections.Concurrent;
using Orleans;

namespace SocketIO.Orleans.Tests;

/// <summary>What a test sees of the handlers of a service, and how it moves them.</summary>
public sealed class HandlerRecord
{
    private int _running;

    public ConcurrentQueue<string> Calls { get; } = new();

    public ConcurrentDictionary<string, ClientHandshake> Handshakes { get; } = new();

    /// <summary>The most events of one socket that were handled at a time.</summary>
    public int MostRunning { get; private set; }

    /// <summary>Events end when it does.</summary>
    public Task MayEnd { get; set; } = Task.CompletedTask;

    public async Task RunAsync()
    {
        MostRunning = Math.Max(MostRunning, Interlocked.Increment(ref _running));
        await MayEnd;
        Interlocked.Decrement(ref _running);
    }
}

/// <summary>A handler as an application has one.</summary>
/// <param name="record">What the test sees.</param>
[GrainType(TypeName)]
public sealed class RecordingHandler(HandlerRecord record) : Grain, INamespaceHandler
{
    public const string TypeName = "recording";

    public Task<ConnectAnswer> ConnectAsync(ClientHandshake handshake, ClientAuth auth)
    {
        record.Handshakes[handshake.Socket.Id] = handshake;
        record.Calls.Enqueue(handshake.Recovered ? "connect again" : "connect");
        var user = auth.Value.TryGetProperty("user", out var name) ? name.GetString() : null;
        return Task.FromResult(user switch
        {
            "thief" => ConnectAnswer.Refuse("no thieves", new { code = 7 }),
            "bomb" => throw new NotImplementedException("a secret of the application"),
            _ => ConnectAnswer.Accept("lobby").WithData("user", user).WithData("key", new byte[] { 1, 2 }).AsMember("user:" + user),
        });
    }

    public async Task<EventAnswer?> OnEventAsync(ClientEvent received)
    {
        record.Calls.Enqueue(received.Name);
        await record.RunAsync();
        switch (received.Name)
        {
            case "sum":
                return EventAnswer.Of(received.Get<int>(0) + received.Get<int>(1));
            case "reverse":
                return EventAnswer.Of(received.Get<byte[]>(0)!.Reverse().ToArray(), received.Count);
            case "who":
                return EventAnswer.Of(this.GetPrimaryKeyString(), received.Socket.Namespace, received.Socket.Member);
            case "say":
                await GrainFactory.SocketIO(received.Socket.Namespace).To("lobby").Except(received.Socket.Id).EmitAsync("said", received[0]);
                return null;
            case "throw":
                throw new NotImplementedException("a secret of the application");
            default:
                return null;
        }
    }

    public Task OnDisconnectAsync(ClientDisconnect disconnect)
    {
        record.Calls.Enqueue("disconnect: " + disconnect.Reason);
        return Task.CompletedTask;
    }
}
