// Events wait here and not in the connection, so that answers and heartbeats never wait behind them.
using System.Threading.Channels;
using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>The events of a connection on their way to their handlers, which start in the order in which the events came.</summary>
/// <param name="options">How many may run, and wait.</param>
/// <param name="run">Starts the handlers of an event. It does not throw.</param>
internal sealed class EventQueue(SocketIOClientOptions options, Func<Packet, Task> run)
{
    // What an event costs beside its bytes.
    private const int Overhead = 128;

    // Bounded by the bytes that are counted before an event comes in.
    private readonly Channel<Packet> _events = Channel.CreateUnbounded<Packet>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    // What runs has an item here.
    private readonly Channel<bool> _running = Channel.CreateBounded<bool>(options.MaxConcurrentEvents);
    private long _bytes;

    /// <summary>Takes an event, whose memory is borrowed.</summary>
    /// <returns>Whether there was room for it.</returns>
    public bool TryAdd(in Packet packet)
    {
        var bytes = GetLength(packet);
        if (Interlocked.Add(ref _bytes, bytes) > options.MaxQueuedEventBytes && Volatile.Read(ref _bytes) > bytes)
        {
            return false;
        }

        return _events.Writer.TryWrite(packet.Detach());
    }

    /// <summary>No more events will come.</summary>
    public void Complete() => _events.Writer.TryComplete();

    /// <summary>Starts handlers until the last event. After the disconnect, nothing waits for handlers that are still running: what is behind them is dropped.</summary>
    public async Task RunAsync(CancellationToken disconnected)
    {
        try
        {
            await foreach (var packet in _events.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                Interlocked.Add(ref _bytes, -GetLength(packet));
                if (!_running.Writer.TryWrite(true))
                {
                    await _running.Writer.WriteAsync(true, disconnected).ConfigureAwait(false);
                }

                _ = RunAsync(packet);
            }
        }
        catch (OperationCanceledException)
        {
            // Disconnected, and nobody makes room.
        }
    }

    private static int GetLength(in Packet packet)
    {
        var length = Overhead + packet.Payload.Length;
        foreach (var attachment in packet.Attachments.Span)
        {
            length += attachment.Length;
        }

        return length;
    }

    private async Task RunAsync(Packet packet)
    {
        await run(packet).ConfigureAwait(false);
        _running.Reader.TryRead(out _);
    }
}
