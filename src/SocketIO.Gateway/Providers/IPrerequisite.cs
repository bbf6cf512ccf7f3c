namespace SocketIO.Gateway;

/// <summary>What has to be there before the silo can start.</summary>
internal interface IPrerequisite
{
    /// <summary>Looks for it.</summary>
    /// <returns><see langword="null"/>: it is there; else what it is that the gateway waits for.</returns>
    Task<string?> FindObstacleAsync(CancellationToken cancellationToken);
}
