namespace SocketIO.Cluster;

internal enum PartitionOutputKind
{
    /// <summary>Ask the gateway for a <see cref="PullReply"/>.</summary>
    Pull,

    /// <summary>Send the batch to the gateway.</summary>
    Deliver,

    /// <summary>Tell the publisher to send again from the number on.</summary>
    Resend,

    /// <summary>Read the epoch from storage and give it to <see cref="Partition.Confirmed"/>; a read that fails is tried again.</summary>
    Confirm,

    /// <summary>A higher epoch exists: this activation has to end. It does nothing any more.</summary>
    Fenced,
}

/// <summary>What a partition wants done.</summary>
/// <param name="Kind">What.</param>
/// <param name="Gateway">To whom.</param>
/// <param name="Epoch">The partition's epoch.</param>
/// <param name="Number">With <see cref="PartitionOutputKind.Resend"/>: the number that is expected.</param>
/// <param name="Batch">With <see cref="PartitionOutputKind.Deliver"/>: the delivery.</param>
internal readonly record struct PartitionOutput(PartitionOutputKind Kind, GatewayId Gateway, long Epoch, long Number = 0, byte[]? Batch = null);
