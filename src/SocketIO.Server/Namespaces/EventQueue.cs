// The bound on what one client can have running: events beyond it wait here, in order, while answers and disconnects go on.
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

    /// <summary>Keeps the event if it may not start yet; its memory is copied.</summary>
    public bool TryEnqueue(in Packet packet)
    {
        bool overflown;
        lock (_gate)
        {
            if (_released && _waiting is null && _running < socket.Server.Options.MaxConcurrentEvents)
            {
                return false;
            }

            var item = new QueuedEvent(packet);
            _bytes += item.Length;
            overflown = _bytes > socket.Server.Options.MaxQueuedEventBytes;
            if (!overflown)
            {
                (_waiting ??= new Queue<QueuedEvent>()).Enqueue(item);
            }
        }

        if (overflown)
        {
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
    public void Run(ValueTask handler)
    {
        lock (_gate)
        {
            _running++;
        }

        _ = RunAsync(handler);
    }

    private async Task RunAsync(ValueTask handler)
    {
        try
        {
            await handler.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            socket.RaiseError(e);
        }

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
