using System.Diagnostics.Metrics;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>What the relay between silos shows of itself, in the meter <c>SocketIO.Orleans</c>.</summary>
internal sealed class RelayMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "SocketIO.Orleans";

    private const string Side = "socketio.relay.side";
    private const string Reason = "socketio.reason";

    private readonly Meter _meter;
    private readonly Counter<long> _frames;
    private readonly Counter<long> _bytes;
    private readonly UpDownCounter<long> _queued;
    private long _dropped;

    public RelayMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _frames = _meter.CreateCounter<long>("socketio.relay.frames", "{frame}", "Calls between silos and to partitions.");
        _bytes = _meter.CreateCounter<long>("socketio.relay.sent", "By", "Bytes that they have carried.");
        // Looked up: what is there only once something went wrong has no rate.
        _meter.CreateObservableCounter("socketio.relay.dropped", () => Interlocked.Read(ref _dropped), "{message}", "Messages that were dropped, to be sent again by their senders.");
        _queued = _meter.CreateUpDownCounter<long>("socketio.relay.queued", "By", "Bytes that wait to be sent.");
    }

    /// <summary>Shows a gateway.</summary>
    public void Observe(ClusterGateway gateway)
    {
        _meter.CreateObservableUpDownCounter("socketio.cluster.gateways", () => gateway.Count, "{gateway}", "Gateways that live, this one included.");
        _meter.CreateObservableUpDownCounter("socketio.cluster.namespaces", () => gateway.Namespaces, "{namespace}", "Namespaces that have an order, as far as this gateway has heard.");
        _meter.CreateObservableGauge("socketio.outbox.packets", () => gateway.FullestChannel.Unaccepted, "{packet}", "Packets of this gateway that a partition has not accepted yet; of the partition with the most.");
        _meter.CreateObservableGauge("socketio.outbox.size", () => gateway.FullestChannel.UnacceptedBytes, "By", "Their bytes.");
        _meter.CreateObservableCounter("socketio.outbox.refused", () => gateway.RefusedPublications, "{packet}", "Packets that were not published because too many were not accepted yet.");
        _meter.CreateObservableGauge("socketio.inbox.packets", () => gateway.FullestChannel.Kept, "{packet}", "Packets that this gateway keeps in case that a partition moves; of the partition with the most.");
        _meter.CreateObservableGauge("socketio.inbox.size", () => gateway.FullestChannel.KeptBytes, "By", "Their bytes.");
        _meter.CreateObservableCounter("socketio.inbox.lost", () => gateway.Losses, "{loss}", "How often this gateway was behind a partition's log, and its clients had to connect anew.");
        _meter.CreateObservableUpDownCounter("socketio.requests.pending", () => gateway.Requests.Count, "{request}", "Requests of this gateway that wait for answers of others.");
        _meter.CreateObservableCounter(
            "socketio.requests.refused",
            () => Refusals(gateway.Requests),
            "{request}",
            "Requests that were refused as too many waited, or that have ended as their answers were too large.");
        Observe(gateway.Relay);
    }

    // At the edge, where a client's request or WebSocket arrived, and at the owner of its session.
    private void Observe(SessionRelay relay)
    {
        _meter.CreateObservableUpDownCounter(
            "socketio.relay.requests",
            () => Measure(relay.PendingRequests, relay.ServedRequests),
            "{request}",
            "Requests of polling sessions that wait for other gateways, and that are served for them.");
        _meter.CreateObservableUpDownCounter(
            "socketio.relay.websockets",
            () => Measure(relay.CarriedWebSockets, relay.OwnWebSockets),
            "{websocket}",
            "WebSockets that are carried for sessions of other gateways, and those that others carry.");
        _meter.CreateObservableUpDownCounter("socketio.relay.unread", () => relay.UnreadBytes, "By", "Bytes of relayed WebSockets that lie here unread.");
        _meter.CreateObservableGauge("socketio.relay.unacknowledged", () => relay.UnacknowledgedBytes, "By", "Bytes of relayed requests, answers and WebSockets on their way to the gateway that is furthest behind.");
        _meter.CreateObservableCounter("socketio.relay.refused", () => relay.Refused, "{request}", "Requests and upgrades that were refused because a bound was reached.");
    }

    /// <summary>A frame was taken by its destination.</summary>
    public void Sent(int bytes)
    {
        _frames.Add(1);
        _bytes.Add(bytes);
    }

    /// <summary>Messages were dropped.</summary>
    public void Dropped(int messages) => Interlocked.Add(ref _dropped, messages);

    /// <summary>More bytes wait, or fewer.</summary>
    public void Queued(long bytes) => _queued.Add(bytes);

    private static Measurement<long>[] Refusals(ClusterRequests requests) =>
        [new(requests.Refused, new KeyValuePair<string, object?>(Reason, "full")), new(requests.TooLarge, new KeyValuePair<string, object?>(Reason, "too_large"))];

    private static Measurement<long>[] Measure(long edge, long owner) =>
        [new(edge, new KeyValuePair<string, object?>(Side, "edge")), new(owner, new KeyValuePair<string, object?>(Side, "owner"))];
}
