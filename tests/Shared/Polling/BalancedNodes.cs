using SocketIO.Server;

namespace SocketIO.Testing;

/// <summary>Three nodes of a cluster behind no balancer at all: a test says which request goes where. Sessions begin at the first.</summary>
public abstract class BalancedNodes : IAsyncLifetime
{
    private readonly List<WanderingClient> _clients = [];

    protected List<Node> Nodes { get; private set; } = [];

    /// <summary>The node where sessions begin.</summary>
    protected Node Owner => Nodes[0];

    public async Task InitializeAsync()
    {
        Nodes = [.. await StartAsync(3, Configure)];
        foreach (var node in Nodes)
        {
            node.Io.OnConnection(static socket => socket.On("echo", (int number, string text) =>
            {
                socket.Emit("echo", number, text);
                return number;
            }));
        }
    }

    public async Task DisposeAsync()
    {
        _clients.ForEach(static client => client.Dispose());
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }
    }

    protected abstract Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure);

    /// <summary>Ends a node without a word. Completes when the others were told; what is left of it in this process is not the caller's business.</summary>
    protected abstract Task KillAsync(Node node, IEnumerable<Node> others);

    protected abstract void Configure(SocketIOOptions options);

    protected async Task<WanderingClient> JoinAsync(string? jsonp = null)
    {
        var client = await WanderingClient.JoinAsync(Nodes, jsonp);
        _clients.Add(client);
        return client;
    }

    /// <summary>Why the session that began last ends.</summary>
    protected Task<string> WatchForEnd()
    {
        var end = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Owner.Io.Sockets.Sockets.Values.Last().OnDisconnect(disconnection => end.TrySetResult(disconnection.Reason));
        return Patience.Within(end.Task);
    }
}
