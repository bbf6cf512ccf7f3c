namespace SocketIO.Cluster;

/// <summary>Takes what is delivered to a gateway without that namespace: nobody is here, and whoever asks is told so.</summary>
internal sealed class AbsentNamespace(ClusterGateway gateway) : IPartitionReceiver
{
    public void Deliver(in SequencedItem item)
    {
        var reader = new RelayItemReader(item.Item.Span);
        if (reader.Flags.HasFlag(RelayItemFlags.ExpectsAnswer))
        {
            gateway.BeginAnswers(item, reader.ReadBody(item.Item)).Announce(0);
        }
    }

    public void OnLost()
    {
    }

    public void OnRoom()
    {
    }

    public T WithRooms<T>(Func<IReadOnlyCollection<ReadOnlyMemory<byte>>, T> action) => action([]);
}
