namespace SocketIO.Cluster.Tests;

/// <summary>One life of a partition's process.</summary>
internal sealed class Activation(Simulation simulation, int partition, int machine, Partition rules)
{
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
        Machine.Flush(simulation.Now, outputs);
        simulation.CheckBounds(this);
        foreach (var output in outputs)
        {
            switch (output.Kind)
            {
                case PartitionOutputKind.Pull:
                    simulation.ToGateway(this, output.Gateway, gateway => gateway.OnPull(this));
                    break;
                case PartitionOutputKind.Deliver:
                    simulation.ToGateway(this, output.Gateway, gateway => gateway.OnDelivery(this, output.Batch!));
                    if (simulation.Fault == Fault.DeliveriesCountAsAcknowledgedWhenSent)
                    {
                        var head = new DeliveryBatchReader(output.Batch).Head;
                        Machine.Acknowledge(output.Gateway, head.Epoch, head.Through, head.Settled);
                    }

                    break;
                case PartitionOutputKind.Resend:
                    simulation.ToGateway(this, output.Gateway, gateway => gateway.OnReceived(Partition, output.Epoch, output.Number));
                    break;
                case PartitionOutputKind.Confirm:
                    simulation.ReadEpoch(this);
                    break;
                case PartitionOutputKind.Fenced:
                    IsRunning = false;
                    simulation.Restart(Partition);
                    return;
            }
        }
    }
}
