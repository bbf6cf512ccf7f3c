namespace SocketIO.Cluster.Tests;

/// <summary>One life of a partition's process.</summary>
internal sealed class Activation(RelayWorld world, int partition, int machine, Partition rules)
{
    private readonly SimulatedClock _clock = world.Clock();

    public int Partition { get; } = partition;

    public int Host { get; } = machine;

    public Partition Machine { get; } = rules;

    public long Epoch => Machine.Epoch;

    public bool IsRunning { get; set; } = true;

    public Dictionary<GatewayId, long> Expected { get; } = [];

    public void Refused(long epoch)
    {
        var outputs = new List<PartitionOutput>();
        Machine.Refused(epoch, outputs);
        Do(outputs);
    }

    /// <summary>Ends a turn: sends what the turn said and what is due.</summary>
    public void Do(List<PartitionOutput> outputs)
    {
        Machine.Flush(_clock.At(world.Now), outputs);
        world.CheckBounds(this);
        foreach (var output in outputs)
        {
            switch (output.Kind)
            {
                case PartitionOutputKind.Pull:
                    world.ToGateway(this, output.Gateway, gateway => gateway.OnPull(this));
                    break;
                case PartitionOutputKind.Deliver:
                    world.ToGateway(this, output.Gateway, gateway => gateway.OnDelivery(this, output.Batch!));
                    if (world.Fault == RelayFault.DeliveriesCountAsAcknowledgedWhenSent)
                    {
                        var head = new DeliveryBatchReader(output.Batch).Head;
                        Machine.Acknowledge(output.Gateway, head.Epoch, head.Through, head.Settled);
                    }

                    break;
                case PartitionOutputKind.Resend:
                    world.ToGateway(this, output.Gateway, gateway => gateway.OnReceived(Partition, output.Epoch, output.Number));
                    break;
                case PartitionOutputKind.Confirm:
                    world.ReadEpoch(this);
                    break;
                case PartitionOutputKind.Fenced:
                    IsRunning = false;
                    world.Restart(Partition);
                    return;
            }
        }
    }
}
