using SocketIO.Server;

namespace SocketIO.Testing;

/// <summary>
/// What the suites of the adapter's seam have in common: nodes, and the clients a, b and c, who sit on node i % n. With one node all are neighbours;
/// a cluster adapter runs the same with three.
/// </summary>
public abstract class NodeSuite(int nodeCount) : IAsyncLifetime
{
    private readonly List<TestSocket> _extra = [];
    private int _barriers;

    protected IReadOnlyList<Node> Nodes { get; private set; } = [];

    protected int NodeCount { get; } = nodeCount;

    /// <summary>The clients a, b and c in the main namespace.</summary>
    protected IReadOnlyList<TestSocket> Clients { get; private set; } = [];

    protected TestSocket A => Clients[0];

    protected TestSocket B => Clients[1];

    protected TestSocket C => Clients[2];

    /// <summary>The server of the node that client a is connected to.</summary>
    protected SocketIOServer Io => Nodes[0].Io;

    public async Task InitializeAsync()
    {
        Nodes = await StartAsync(NodeCount, Configure);
        Clients = await ConnectAllAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _extra)
        {
            client.Client.Abort();
        }

        // One after another: the silos of a cluster that leave at the same moment wait for each other.
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }
    }

    /// <summary>Starts nodes that know each other.</summary>
    /// <param name="nodes">How many.</param>
    /// <param name="configure">Options that each of them must have.</param>
    protected abstract Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure);

    /// <summary>Sets what a suite needs.</summary>
    protected virtual void Configure(SocketIOOptions options)
    {
    }

    protected Node NodeOf(int client) => Nodes[client % NodeCount];

    protected Node NodeOf(TestSocket client) => Nodes.Single(node => node.Io.Of(client.Namespace).Sockets.ContainsKey(client.Id));

    /// <summary>The server's side of a client's socket.</summary>
    protected Socket Server(TestSocket client) => NodeOf(client)[client];

    /// <summary>Joins a namespace, by connections of their own, in the places of a, b and c.</summary>
    protected async Task<IReadOnlyList<TestSocket>> ConnectAllAsync(string ns = "/")
    {
        foreach (var node in Nodes)
        {
            node.Io.Of(ns);
        }

        var sockets = new List<TestSocket>();
        for (var i = 0; i < 3; i++)
        {
            sockets.Add(await NodeOf(i).ConnectAsync(ns));
        }

        return sockets;
    }

    /// <summary>
    /// Shows that these clients got nothing but what was read: the next that each of them gets is what the first node sends now. Nodes keep the order of
    /// what one of them sends.
    /// </summary>
    protected async Task AssertNothingElseAsync(params IEnumerable<TestSocket> clients)
    {
        foreach (var group in clients.GroupBy(static client => client.Namespace))
        {
            var number = ++_barriers;
            Io.Of(group.Key).Emit("barrier", number);
            foreach (var client in group)
            {
                Assert.Equal(number, (await client.NextAsync("barrier")).Int(0));
            }
        }
    }

    protected async Task AssertOnlyAsync(string eventName, IReadOnlyCollection<TestSocket> receivers, IReadOnlyCollection<TestSocket>? all = null)
    {
        foreach (var receiver in receivers)
        {
            await receiver.NextAsync(eventName);
        }

        await AssertNothingElseAsync(all ?? Clients);
    }

    /// <summary>Makes all clients answer.</summary>
    protected void AnswerWith(Func<TestSocket, object?> answer)
    {
        foreach (var client in Clients)
        {
            client.Answer = received => received.Name == "question" ? [answer(client)] : null;
        }
    }

    protected async Task<TestSocket> ConnectAsync(int node, string ns = "/", object? auth = null)
    {
        var socket = await NodeOf(node).ConnectAsync(ns, auth);
        _extra.Add(socket);
        return socket;
    }
}
