using Orleans;
using Orleans.Concurrency;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>A session that its client may come back to. Its key: the session's private id.</summary>
[Alias("SocketIO.ISessionGrain")]
internal interface ISessionGrain : IGrainWithStringKey
{
    /// <inheritdoc cref="SessionMachine.Create"/>
    [Alias("Create")]
    Task<SessionReply> CreateAsync(long claim, long owner, string socketId, string? user);

    /// <inheritdoc cref="SessionMachine.Claim"/>
    [Alias("Claim")]
    Task<SessionReply> ClaimAsync(long claim, long owner, string? user);

    /// <inheritdoc cref="SessionMachine.Save"/>
    [Alias("Save")]
    Task<SessionReply> SaveAsync(ulong generation, long revision, [Immutable] string[] rooms, [Immutable] byte[] data, bool isAway);

    /// <inheritdoc cref="SessionMachine.End"/>
    [Alias("End")]
    Task<SessionReply> EndAsync(ulong generation);

    /// <inheritdoc cref="SessionMachine.Expire"/>
    [Alias("Expire")]
    Task ExpireAsync();
}

/// <summary>A session's answer.</summary>
/// <param name="Outcome">The number of a <see cref="SessionOutcome"/>.</param>
/// <param name="State">The session as it is stored, where the answer has one.</param>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.SessionReply")]
internal sealed record SessionReply([property: Id(0)] int Outcome, [property: Id(1)] byte[]? State);
