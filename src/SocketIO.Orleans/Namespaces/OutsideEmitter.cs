// What other services publish through a gateway.
using Microsoft.Extensions.Logging;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Publishes through this silo's gateway on behalf of whoever is none. Thread-safe.</summary>
/// <param name="gateway">The gateway.</param>
/// <param name="logger">The log.</param>
internal sealed partial class OutsideEmitter(ClusterGateway gateway, ILogger<OutsideEmitter> logger)
{
    /// <inheritdoc cref="INamespaceGrain.EmitAsync"/>
    public Task EmitAsync(string ns, Audience audience, EventMessage message)
    {
        var options = Read(audience);
        return gateway.CreatePublisher(ns).PublishAsync(RelayItemKind.Broadcast, ClusterPublisher.FlagsOf(options), options, EventMessages.Read(message));
    }

    /// <inheritdoc cref="INamespaceGrain.EmitWithAckAsync"/>
    public async Task EmitWithAckAsync(string ns, Audience audience, EventMessage message, TimeSpan timeout, IAnswerObserver observer)
    {
        AnswerSet answers;
        try
        {
            var options = Read(audience);
            var all = await gateway.CreatePublisher(ns).AskAsync(
                RelayItemKind.Broadcast, ClusterPublisher.FlagsOf(options), options, EventMessages.Read(message), timeout, timeout, null, CancellationToken.None).ConfigureAwait(false);
            answers = new AnswerSet(Write(all), null, false);
        }
        catch (AckTimeoutException e)
        {
            answers = new AnswerSet(Write(e.Payloads), e.Message, true);
        }
        catch (Exception e)
        {
            answers = new AnswerSet([], e.Message, false);
        }

        try
        {
            await observer.OnAnswersAsync(answers).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.NobodyWaits(logger, e, ns);
        }
    }

    /// <inheritdoc cref="INamespaceGrain.FetchSocketsAsync"/>
    public async Task<EventMessage[]> FetchSocketsAsync(string ns, Audience audience) =>
        Write(await AskAsync(ns, RelayItemKind.FetchSockets, RelayItemFlags.None, audience).ConfigureAwait(false));

    /// <summary>Has sockets join or leave rooms.</summary>
    public Task ChangeRoomsAsync(string ns, RelayItemKind kind, Audience audience, string[] rooms) =>
        AskAsync(ns, kind, RelayItemFlags.None, audience, RoomsJson.Write(rooms));

    /// <inheritdoc cref="INamespaceGrain.DisconnectSocketsAsync"/>
    public Task DisconnectSocketsAsync(string ns, Audience audience, bool close) =>
        AskAsync(ns, RelayItemKind.DisconnectSockets, close ? RelayItemFlags.Close : RelayItemFlags.None, audience);

    /// <inheritdoc cref="INamespaceGrain.ServerSideEmitAsync"/>
    public Task ServerSideEmitAsync(string ns, EventMessage message) =>
        gateway.CreatePublisher(ns).PublishAsync(RelayItemKind.ServerSideEmit, RelayItemFlags.FromOutside, BroadcastOptions.All, EventMessages.Read(message));

    private static BroadcastOptions Read(Audience audience) => new()
    {
        Rooms = audience.Rooms,
        Except = audience.Except,
        Volatile = audience.Volatile,
        Compress = audience.Compress,
    };

    private static EventMessage[] Write(IReadOnlyList<EventPayload> payloads) => [.. payloads.Select(EventMessages.Write)];

    private Task<List<EventPayload>> AskAsync(string ns, RelayItemKind kind, RelayItemFlags flags, Audience audience, EventPayload? payload = null) =>
        gateway.CreatePublisher(ns).AskAsync(kind, flags, Read(audience), payload);

    private static partial class Log
    {
        [LoggerMessage(76, LogLevel.Debug, "Whoever asked clients of namespace {Namespace} can't be reached with their answers")]
        public static partial void NobodyWaits(ILogger logger, Exception exception, string @namespace);
    }
}
