// Broadcasts with acknowledgement: how many were asked is known only when every node has told, so both are counted.
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SocketIO.Server;

internal sealed partial class BroadcastCollector
{
    private readonly Lock _gate = new();
    private readonly List<EventPayload> _answers = [];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _expectedNodes = -1;
    private int _nodes;
    private int _expectedAnswers;

    public static async Task<IReadOnlyList<T?>> CollectAsync<T>(
        Namespace ns,
        EventPayload payload,
        BroadcastOptions options,
        CancellationToken cancellationToken)
    {
        var collector = new BroadcastCollector();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        CallbackTimer? timer = null;
        if (options.Timeout is { } timeout)
        {
            timer = new CallbackTimer(() => collector._done.TrySetException(new AckTimeoutException()));
            ns.Server.Engine.Timers.Schedule(timer, timeout);
        }

        await using var cancelled = cancellationToken.UnsafeRegister(
            (_, token) => collector._done.TrySetCanceled(token),
            null).ConfigureAwait(false);
        try
        {
            var nodes = options.Local ? 1 : await ns.Adapter.GetServerCountAsync().ConfigureAwait(false);
            await ns.Adapter.BroadcastWithAckAsync(payload, options, collector.OnClientCount, collector.OnAnswer, end.Token).ConfigureAwait(false);
            collector.Expect(nodes);
            if (options.Timeout is null)
            {
                // Without a time-out there is no waiting: Node's default is 0 ms.
                collector._done.TrySetException(new AckTimeoutException());
            }

            await collector._done.Task.ConfigureAwait(false);
        }
        catch (AckTimeoutException e)
        {
            var payloads = collector.Snapshot();
            throw new AckTimeoutException<T?>(payloads, Read<T>(ns, payloads), e.Message);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            if (timer is not null)
            {
                ns.Server.Engine.Timers.Cancel(timer);
            }
        }

        return Read<T>(ns, collector.Snapshot());
    }

    // One client's answer that is no T spoils no other's: it counts as given, and is left out.
    private static List<T?> Read<T>(Namespace ns, EventPayload[] payloads)
    {
        var answers = new List<T?>(payloads.Length);
        foreach (var payload in payloads)
        {
            try
            {
                answers.Add(new EventArguments(ns.Server.Serializer, payload, isEvent: false).First<T>());
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
            {
                Log.AnswerUnreadable(ns.Server.Logger, typeof(T).Name, e.Message);
            }
        }

        return answers;
    }

    private void Expect(int nodes)
    {
        lock (_gate)
        {
            _expectedNodes = nodes;
        }

        CompleteIfDone();
    }

    private void OnClientCount(int count)
    {
        lock (_gate)
        {
            _nodes++;
            _expectedAnswers += count;
        }

        CompleteIfDone();
    }

    private void OnAnswer(EventPayload answer)
    {
        lock (_gate)
        {
            _answers.Add(answer);
        }

        CompleteIfDone();
    }

    private void CompleteIfDone()
    {
        lock (_gate)
        {
            if (_expectedNodes < 0 || _nodes < _expectedNodes || _answers.Count < _expectedAnswers)
            {
                return;
            }
        }

        _done.TrySetResult();
    }

    private EventPayload[] Snapshot()
    {
        lock (_gate)
        {
            return [.. _answers];
        }
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Debug, "An answer to a broadcast is no {Type}: {Problem}")]
        public static partial void AnswerUnreadable(ILogger logger, string type, string problem);
    }
}
