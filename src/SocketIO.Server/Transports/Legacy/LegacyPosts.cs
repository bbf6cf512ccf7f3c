// What clients before Engine.IO post has URLs of its own, whatever transport their session listens by; the first of them did not wait for one POST to end.
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Takes the bodies in that the client of a session posts, one after the other in the order in which they came.</summary>
internal sealed class LegacyPosts(EngineConnection connection)
{
    private const int MostAtATime = 16;

    private readonly Lock _gate = new();
    private readonly List<EnginePacket> _packets = [];
    private Task _last = Task.CompletedTask;
    private int _count;

    /// <summary>Hands the packets of a payload to the session. The memory is borrowed until this ends.</summary>
    /// <returns><see langword="false"/>: it was no payload, or there are too many at a time; the session has ended.</returns>
    public async ValueTask<bool> ReceiveAsync(ReadOnlyMemory<byte> payload)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task? before = null;
        lock (_gate)
        {
            if (_count < MostAtATime)
            {
                _count++;
                before = _last;
                _last = end.Task;
            }
        }

        if (before is null)
        {
            connection.OnClosed(CloseReasons.TransportError, $"more than {MostAtATime} POSTs at a time");
            return false;
        }

        await before.ConfigureAwait(false);
        try
        {
            return await DeliverAsync(payload).ConfigureAwait(false);
        }
        finally
        {
            _packets.Clear();
            lock (_gate)
            {
                _count--;
            }

            end.SetResult();
        }
    }

    private async ValueTask<bool> DeliverAsync(ReadOnlyMemory<byte> payload)
    {
        for (var next = -1; next < _packets.Count;)
        {
            if (!connection.BeginBatch())
            {
                connection.OnClosed(CloseReasons.TransportError, "another transport is still delivering");
                return false;
            }

            try
            {
                if (next < 0)
                {
                    // Not before: the codec has one user at a time.
                    connection.CurrentTransport.Codec.DecodePayload(payload, isBinary: false, _packets);
                    next = 0;
                }

                while (next < _packets.Count && !connection.IsReadingPaused)
                {
                    ((ITransportListener)connection).OnPacket(connection.CurrentTransport, _packets[next++]);
                }
            }
            catch (EngineFormatException e) when (connection.Tolerates(e))
            {
                return true;
            }
            catch (EngineFormatException e)
            {
                connection.OnClosed(CloseReasons.ParseError, e.Message);
                return false;
            }
            finally
            {
                connection.EndBatch();
            }

            // The client is told of its POST's end no sooner.
            await connection.WhenReadingAsync().ConfigureAwait(false);
        }

        return true;
    }
}
