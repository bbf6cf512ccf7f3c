using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>The answers that a connection waits for, by the ids of their questions.</summary>
internal sealed class PendingAcks(int max)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, TaskCompletionSource<Packet>> _waiting = [];
    private NotConnectedException? _end;
    private long _nextId;

    /// <summary>Begins to wait.</summary>
    /// <exception cref="NotConnectedException">The connection has ended.</exception>
    /// <exception cref="ClientQueueFullException">Too many are waited for.</exception>
    public (long Id, Task<Packet> Answer) Add()
    {
        lock (_gate)
        {
            if (_end is not null)
            {
                throw _end;
            }

            if (_waiting.Count >= max)
            {
                throw new ClientQueueFullException($"{max} answers are waited for already ({nameof(SocketIOClientOptions)}.{nameof(SocketIOClientOptions.MaxPendingAcks)}).");
            }

            var answer = new TaskCompletionSource<Packet>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add(_nextId, answer);
            return (_nextId++, answer.Task);
        }
    }

    /// <summary>Does not wait any more.</summary>
    public void Remove(long id)
    {
        lock (_gate)
        {
            _waiting.Remove(id);
        }
    }

    /// <summary>Takes an answer, whose memory is borrowed. One that nobody waits for goes nowhere.</summary>
    public void Answer(in Packet packet)
    {
        TaskCompletionSource<Packet>? answer;
        lock (_gate)
        {
            _waiting.Remove(packet.Id, out answer);
        }

        answer?.TrySetResult(packet.Detach());
    }

    /// <summary>The connection has ended: there will be no answers.</summary>
    public void End(ClientDisconnection end)
    {
        TaskCompletionSource<Packet>[] all;
        lock (_gate)
        {
            _end = new NotConnectedException(end);
            all = [.. _waiting.Values];
            _waiting.Clear();
        }

        foreach (var answer in all)
        {
            answer.TrySetException(new NotConnectedException(end));
        }
    }
}
