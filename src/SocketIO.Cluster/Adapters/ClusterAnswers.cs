using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>This gateway's share of the answers to one request.</summary>
internal sealed class ClusterAnswers(ClusterGateway gateway, GatewayId origin, long request)
{
    private int _last = -1;

    /// <summary>Tells how many answers will come; to be called once.</summary>
    public void Announce(int count) => Send(BatchType.AnswerCount, count, EventPayload.Empty);

    /// <summary>Sends the next one.</summary>
    public void Add(EventPayload answer) => Send(BatchType.Answer, Interlocked.Increment(ref _last), answer);

    private void Send(BatchType type, int number, EventPayload payload) =>
        gateway.Answer(origin, new GatewayMessage(type, gateway.Id, request, number, payload));
}
