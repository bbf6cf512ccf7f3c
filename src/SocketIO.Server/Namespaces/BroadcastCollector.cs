// Broadcasts with acknowledgement: how many were asked is known only when every node has told, so answers are counted before.
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SocketIO.Server;

internal sealed partial class BroadcastCollector
{
    private readonly Lock _gate = new();
    private readonly List<EventPayload> _answers = [];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _allAreAsked;
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
            _ = collector.AskAsync(ns.Adapter.BroadcastWithAckAsync(payload, options, collector.OnClientCount, collector.OnAnswer, end.Token));
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

    private async Task AskAsync(ValueTask asking)
    {
        try
        {
            await asking.ConfigureAwait(false);
            lock (_gate)
            {
                _allAreAsked = true;
            }

            CompleteIfDone();
        }
        catch (Exception e)
        {
            _done.TrySetException(e);
        }
    }

    private void OnClientCount(int count)
    {
        lock (_gate)
        {
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
            if (!_allAreAsked || _answers.Count < _expectedAnswers)
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
        [LoggerMessage(33, LogLevel.Debug, "An answer to a broadcast is no {Type}: {Problem}")]
        public static partial void AnswerUnreadable(ILogger logger, string type, string problem);
    }
}
