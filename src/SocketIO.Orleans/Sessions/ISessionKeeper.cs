using Orleans;
using Orleans.Concurrency;

namespace SocketIO.Orleans;

/// <summary>A session that its client may come back to, as gateways see it. Its key: the private id.</summary>
[Alias("SocketIO.ISessionKeeper")]
internal interface ISessionKeeper : IGrainWithStringKey
{
    /// <summary>A session begins.</summary>
    [Alias("Create")]
    Task<SessionAnswer> CreateAsync(long claim, long owner, string socketId, string? user);

    /// <summary>A client has come back to a gateway.</summary>
    [Alias("Claim")]
    Task<SessionAnswer> ClaimAsync(long claim, long owner, string? user);

    /// <summary>The owner stores what the session has.</summary>
    [Alias("Save")]
    Task<SessionAnswer> SaveAsync(ulong generation, long revision, string[] rooms, [Immutable] byte[] data, bool isAway);

    /// <summary>The session is over.</summary>
    [Alias("End")]
    Task<SessionAnswer> EndAsync(ulong generation);
}

/// <summary>How a request to a session has ended.</summary>
/// <param name="Outcome">A <see cref="SocketIO.Cluster.SessionOutcome"/>.</param>
/// <param name="State">After a claim, the session's state in its stored form.</param>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.SessionAnswer")]
internal readonly record struct SessionAnswer([property: Id(0)] int Outcome, [property: Id(1)] byte[]? State);
