namespace SocketIO.Client;

/// <summary>Why a connection ended.</summary>
/// <param name="Reason">One of <see cref="DisconnectReasons"/>.</param>
/// <param name="Detail">What exactly happened, where that is known.</param>
public sealed record ClientDisconnection(string Reason, string? Detail);
