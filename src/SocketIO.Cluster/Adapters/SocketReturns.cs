// Clients that come back get what they missed from the log, and find their place among the deliveries of this gateway.
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>The sockets of a namespace that are on their way back.</summary>
/// <param name="gateway">This gateway.</param>
/// <param name="channel">Its end of the partition; what it delivers is delivered here under its lock.</param>
/// <param name="namespace">The namespace, for the log.</param>
internal sealed class SocketReturns(ClusterGateway gateway, PartitionChannel channel, string @namespace)
{
    private readonly List<ReturningSocket> _returning = [];

    /// <summary>Something was delivered to this gateway.</summary>
    public void Deliver(EventPayload payload, BroadcastOptions options)
    {
        foreach (var returning in _returning)
        {
            returning.Add(payload, options);
        }
    }

    /// <summary>Something that may have been for this gateway is lost for good.</summary>
    public void Lose() => _returning.ForEach(static returning => returning.Lose());

    /// <summary>Connects a client with what it has missed. The rooms of its session are routed here.</summary>
    /// <param name="session">The session.</param>
    /// <param name="connect">Connects it; given what it has missed, in order.</param>
    /// <returns><see langword="false"/>: something is missing for good, or the log could not be asked in time.</returns>
    public async Task<bool> TryConnectAsync(SocketSession session, Action<IReadOnlyList<EventPayload>> connect)
    {
        if (!Offset.TryParse(session.Offset, out var after))
        {
            return false;
        }

        var returning = new ReturningSocket(session.Rooms.Append(session.SocketId));
        channel.Exclusively(() => _returning.Add(returning));
        try
        {
            // The partition may be on its way from one silo to another, and this gateway behind the one that the client was at.
            var wait = gateway.Options.QueryRetryDelay;
            for (var waited = TimeSpan.Zero; waited < gateway.Options.RequestTimeout; waited += wait, wait *= 2)
            {
                var next = Task.Delay(wait);
                if (await AskAsync(after, returning, next).ConfigureAwait(false) is var (epoch, missed))
                {
                    if (missed is null)
                    {
                        return false;
                    }

                    var payloads = missed.ConvertAll(static item => new RelayItemReader(item.Item.Span).ReadBody(item.Item).Payload.Append(item.Offset.ToString()));
                    var isComplete = false;
                    if (channel.TryRestore(epoch, missed, Complete))
                    {
                        return isComplete;
                    }

                    void Complete()
                    {
                        isComplete = !returning.HasGap;
                        if (isComplete)
                        {
                            connect([.. payloads, .. returning.Delivered]);
                        }
                    }
                }

                await next.ConfigureAwait(false);
            }

            return false;
        }
        catch (BatchFormatException e)
        {
            gateway.LogFailure(e, @namespace);
            return false;
        }
        finally
        {
            channel.Exclusively(() => _returning.Remove(returning));
        }
    }

    /// <summary>Asks the log once.</summary>
    /// <returns>The epoch that answered and what was missed, or nothing of it: the log does not cover the offset; <see langword="null"/>: no answer so far.</returns>
    private async Task<(long Epoch, List<SequencedItem>? Missed)?> AskAsync(Offset after, ReturningSocket returning, Task enough)
    {
        var parts = new List<EventPayload>();
        var number = gateway.Requests.Start(gateway.Options.RequestTimeout, parts.Add, out var end);
        gateway.Requests.Expect(number, [default]);
        var epoch = 0L;
        channel.Exclusively(() =>
        {
            returning.Restart();
            epoch = channel.Query(number, after, returning.Rooms);
        });
        await Task.WhenAny(end, enough).ConfigureAwait(false);
        gateway.Requests.Cancel(number);
        return !end.IsCompletedSuccessfully || (await end.ConfigureAwait(false)).Outcome != AckOutcome.Complete
            ? null
            : (epoch, parts.Count == 0 ? null : [.. parts.SelectMany(static part => LogQuery.ReadPart(part.Json))]);
    }
}
