// What the clients of a namespace do, for whoever subscribes to its stream.
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Publishes what this gateway's clients of a namespace do. Of each client the order is kept.</summary>
/// <param name="provider">Has the stream.</param>
/// <param name="maxQueuedBytes">The most bytes of a client that wait.</param>
/// <param name="pumps">The clients' ways out.</param>
/// <param name="metrics">Counts failures.</param>
/// <param name="logger">The log.</param>
internal sealed partial class NamespaceStream(IStreamProvider provider, int maxQueuedBytes, ClientPumps pumps, ClientMetrics metrics, ILogger logger)
{
    /// <summary>Publishes from now on.</summary>
    public void Attach(Namespace ns) => ns.OnConnection(Follow);

    private void Follow(Socket socket)
    {
        // Not before: a provider has streams once its silo has started.
        var stream = provider.GetStream<ClientNotice>(StreamId.Create(SocketIOStreams.Clients, socket.Namespace.Name));
        var client = ClientMessages.Describe(socket);
        var pump = pumps.Create(socket.Connection, maxQueuedBytes);
        var hasEnded = 0;
        Publish(0, () => new ClientConnect(ClientMessages.DescribeHandshake(socket, client)));
        socket.OnAny(received => Publish(ClientMessages.SizeOf(received), () => ClientMessages.DescribeEvent(client, received)));
        socket.OnDisconnect(disconnection => End(disconnection.Reason, disconnection.Detail));
        if (!socket.IsConnected)
        {
            // It was gone before anybody listened.
            End(CloseReasons.TransportClose, null);
        }

        void End(string reason, string? detail)
        {
            if (Interlocked.Exchange(ref hasEnded, 1) == 0)
            {
                Publish(0, () => new ClientDisconnect(client, reason, detail));
            }
        }

        void Publish(int size, Func<ClientNotice> create) => pump.Add(size, () => PublishAsync(stream, create()));
    }

    private async Task PublishAsync(IAsyncStream<ClientNotice> stream, ClientNotice notice)
    {
        try
        {
            await stream.OnNextAsync(notice).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            metrics.Failed();
            Log.NotPublished(logger, e, notice.Socket.Id, notice.Socket.Namespace);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(83, LogLevel.Error, "What socket {Id} of namespace {Namespace} has done could not be published to the stream, and is lost to it")]
        public static partial void NotPublished(ILogger logger, Exception exception, string id, string @namespace);
    }
}
