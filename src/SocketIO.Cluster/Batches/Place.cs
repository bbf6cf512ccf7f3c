namespace SocketIO.Cluster;

/// <summary>Up to where a gateway has received what a partition sequenced for it.</summary>
/// <param name="Epoch">The epoch that is installed at the gateway; 0: none.</param>
/// <param name="Position">The position in that epoch's order.</param>
internal readonly record struct Place(long Epoch, long Position);
