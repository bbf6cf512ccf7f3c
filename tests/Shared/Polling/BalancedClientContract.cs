namespace SocketIO.Testing;

/// <summary>The real JavaScript client behind a balancer that knows no affinity.</summary>
public abstract class BalancedClientContract
{
    [ClientTheory("balanced.mjs")]
    [InlineData("polling")]
    [InlineData("upgrade")]
    public async Task Promise1_the_JavaScript_client_works_behind_a_balancer_without_affinity(string transport)
    {
        var nodes = await StartAsync(3);
        foreach (var node in nodes)
        {
            node.Io.OnConnection(static socket => socket.On("echo", (int number, string text) =>
            {
                socket.Emit("echo", number, text);
                return number;
            }));
        }

        var (exitCode, output) = await ClientPrograms.RunAsync("balanced.mjs", [transport, .. nodes.Select(static node => node.Address.ToString())]);

        Assert.True(exitCode == 0, output);
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    protected abstract Task<IReadOnlyList<Node>> StartAsync(int nodes);
}
