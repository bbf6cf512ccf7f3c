// What a client does, given on to a grain or a stream: one thing after another, and no faster than it is taken.
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>
/// The way of one socket's doings out of the gateway: one delivery in flight, the others wait in order. While more bytes wait than may, nothing is read from
/// the client. Thread-safe; adding never waits.
/// </summary>
/// <param name="connection">The client's.</param>
/// <param name="maxBytes">The most bytes that wait before the client has to.</param>
/// <param name="pumps">All of this gateway.</param>
internal sealed class ClientPump(EngineConnection connection, int maxBytes, ClientPumps pumps)
{
    private readonly Lock _gate = new();
    private readonly Queue<(int Size, Func<Task> Deliver)> _waiting = new();
    private long _bytes;
    private bool _isRunning;
    private IDisposable? _pause;

    /// <summary>Adds a delivery.</summary>
    /// <param name="size">Its bytes; they count until it has completed.</param>
    /// <param name="deliver">Delivers; what goes wrong is its own affair.</param>
    public void Add(int size, Func<Task> deliver)
    {
        lock (_gate)
        {
            _waiting.Enqueue((size, deliver));
            _bytes += size;
            pumps.Queued(size);
            if (_bytes > maxBytes && _pause is null)
            {
                _pause = connection.PauseReading();
                pumps.Paused(1);
            }

            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        pumps.Begin();
        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        while (TryTake(out var size, out var deliver))
        {
            await deliver().ConfigureAwait(false);
            Release(size);
        }

        pumps.End();
    }

    private bool TryTake(out int size, out Func<Task> deliver)
    {
        lock (_gate)
        {
            _isRunning = _waiting.TryDequeue(out var next);
            (size, deliver) = next;
            return _isRunning;
        }
    }

    private void Release(int size)
    {
        IDisposable? pause = null;
        lock (_gate)
        {
            _bytes -= size;
            pumps.Queued(-size);
            // Not at every event: a client is read from again when there is room for some.
            if (_bytes <= maxBytes / 2)
            {
                pause = _pause;
                _pause = null;
            }
        }

        if (pause is not null)
        {
            pumps.Paused(-1);
            pause.Dispose();
        }
    }
}
