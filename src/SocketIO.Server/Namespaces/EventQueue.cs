// The bound on what one client can have running: events beyond it wait here, in order, while answers and disconnects go on.
using System.Diagnostics;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Counts a socket's running handlers and keeps the events that have to wait. Sockets whose handlers all end at once have none.</summary>
internal sealed class EventQueue(Socket socket, bool released)
{
    private readonly Lock _gate = new();
    private Queue<QueuedEvent>? _waiting;
    private int _running;
    private int _bytes;
    private bool _released = released;
    private bool _draining;

    /// <summary>Handlers that run; as of any moment.</summary>
    public int Running => _running;

    /// <summary>Bytes of events that wait; as of any moment.</summary>
    public int Bytes => _bytes;

    private BoundCounts Bounds => socket.Connection.Engine.Bounds;

    /// <summary>Keeps the event if it may not start yet; its memory is copied.</summary>
    public bool TryEnqueue(in Packet packet)
    {
        bool overflown;
        lock (_gate)
        {
            var isFull = _running >= socket.Server.Options.MaxConcurrentEvents;
            if (_released && _waiting is null && !isFull)
            {
                return false;
            }

            var item = new QueuedEvent(packet);
            _bytes += item.Length;
            overflown = _bytes > socket.Server.Options.MaxQueuedEventBytes;
            if (!overflown)
            {
                (_waiting ??= new Queue<QueuedEvent>()).Enqueue(item);
                if (isFull)
                {
                    Bounds.Met(Bound.MaxConcurrentEvents);
                }
            }
        }

        if (overflown)
        {
            Bounds.Met(Bound.MaxQueuedEventBytes);
            socket.RaiseClientError(new InvalidOperationException(
                $"More than {socket.Server.Options.MaxQueuedEventBytes} bytes of events were waiting for handlers (SocketIOOptions.MaxQueuedEventBytes)."));
            socket.Connection.Close();
        }

        return true;
    }

    /// <summary>Events may start from now on.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _released = true;
        }

        Drain();
    }

    /// <summary>Counts a handler until it ends.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="activity">What is traced of it; it ends then as well.</param>
    public void Run(ValueTask handler, Activity? activity = null)
    {
        lock (_gate)
        {
            _running++;
        }

        _ = RunAsync(handler, activity);
    }

    private async Task RunAsync(ValueTask handler, Activity? activity)
    {
        try
        {
            await handler.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            socket.RaiseError(e);
        }

        activity?.Stop();
        lock (_gate)
        {
            _running--;
        }

        Drain();
    }

    private void Drain()
    {
        while (true)
        {
            QueuedEvent next;
            lock (_gate)
            {
                if (_draining || !_released || _waiting is null || _running >= socket.Server.Options.MaxConcurrentEvents)
                {
                    return;
                }

                if (!_waiting.TryDequeue(out next))
                {
                    _waiting = null;
                    return;
                }

                _bytes -= next.Length;
                _draining = true;
            }

            if (socket.IsConnected)
            {
                socket.Start(next.Packet);
            }

            lock (_gate)
            {
                _draining = false;
            }
        }
    }
}

/// <summary>An event with memory of its own.</summary>
internal readonly struct QueuedEvent
{
    // About what an entry costs beside its bytes.
    private const int Overhead = 128;

    public QueuedEvent(in Packet borrowed)
    {
        Packet = borrowed.Detach();
        Length = Packet.Payload.Length + Overhead;
        foreach (var attachment in Packet.Attachments.Span)
        {
            Length += attachment.Length;
        }
    }

    public Packet Packet { get; }

    public int Length { get; }
}
