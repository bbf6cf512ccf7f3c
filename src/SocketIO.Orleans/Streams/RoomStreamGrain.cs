// What other services publish to a room's stream.
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace SocketIO.Orleans;

/// <summary>Emits what is published to a room's stream. Its key is the stream's.</summary>
/// <param name="emitter">Publishes.</param>
/// <param name="options">Name the provider; streams of others are none of ours.</param>
/// <param name="logger">The log.</param>
[GrainType("socketio.room.stream")]
[ImplicitStreamSubscription(SocketIOStreams.Rooms)]
internal sealed partial class RoomStreamGrain(OutsideEmitter emitter, IOptions<SocketIOClusterOptions> options, ILogger<RoomStreamGrain> logger)
    : Grain, IGrainWithStringKey, IStreamSubscriptionObserver, IAsyncObserver<RoomEvent>
{
    /// <inheritdoc/>
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.ProviderName == options.Value.StreamProvider
        ? handleFactory.Create<RoomEvent>().ResumeAsync(this)
        : Task.CompletedTask;

    /// <summary>Completes when the event has its place in the room's order: the stream's next one comes after it. If it fails, the stream tries again.</summary>
    public Task OnNextAsync(RoomEvent item, StreamSequenceToken? token = null)
    {
        var (ns, room) = ScopedKey.Read(this.GetPrimaryKeyString());
        return emitter.EmitAsync(ns, Audience.All with { Rooms = [room], Except = item.ExceptRooms }, item.Message);
    }

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex)
    {
        Log.Failed(logger, ex, this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(82, LogLevel.Error, "The stream of room {Room} has lost events")]
        public static partial void Failed(ILogger logger, Exception exception, string room);
    }
}
