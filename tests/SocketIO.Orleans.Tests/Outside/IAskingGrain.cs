using Orleans;

namespace SocketIO.Orleans.Tests;

/// <summary>A grain of an application that speaks to clients.</summary>
[Alias("SocketIO.Orleans.Tests.IAskingGrain")]
public interface IAskingGrain : IGrainWithStringKey
{
    [Alias("Ask")]
    Task<string[]> AskAsync(string room, string question);
}

/// <inheritdoc/>
public sealed class AskingGrain : Grain, IAskingGrain
{
    /// <inheritdoc/>
    public async Task<string[]> AskAsync(string room, string question)
    {
        var answers = await GrainFactory.SocketIO().To(room).Timeout(TimeSpan.FromSeconds(10)).EmitWithAckAsync<string>(question);
        return [.. answers.Select(static answer => answer!)];
    }
}
