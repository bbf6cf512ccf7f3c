// What happens in the server reaches dashboards by a queue, so that whoever it happens to never waits for one, nor holds a lock that a dashboard needs.
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>Sends packets to the dashboards of all servers, in order. Above its bound, packets are dropped.</summary>
internal sealed partial class AdminFeed : IDisposable
{
    private const int Capacity = 10_000;

    private readonly Namespace _namespace;
    private readonly Channel<EventPayload> _packets = Channel.CreateBounded<EventPayload>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public AdminFeed(Namespace ns)
    {
        _namespace = ns;
        _ = SendAllAsync();
    }

    /// <summary>Sends a packet to all dashboards, later.</summary>
    public void Post(EventPayload packet) => _packets.Writer.TryWrite(packet);

    /// <summary>Sends a packet to one dashboard of this server, now.</summary>
    public void Send(Socket dashboard, EventPayload packet) =>
        _namespace.Server.Forget(() => _namespace.Adapter.BroadcastAsync(packet, new BroadcastOptions { Rooms = [dashboard.Id], Local = true }));

    /// <inheritdoc/>
    public void Dispose() => _packets.Writer.TryComplete();

    private async Task SendAllAsync()
    {
        await foreach (var packet in _packets.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await _namespace.Adapter.BroadcastAsync(packet, BroadcastOptions.All).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The cluster takes no more for now: the dashboards of this server have it.
                Log.NotSent(_namespace.Server.Logger, e);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(130, LogLevel.Debug, "Dashboards of other servers could not be told")]
        public static partial void NotSent(ILogger logger, Exception exception);
    }
}
