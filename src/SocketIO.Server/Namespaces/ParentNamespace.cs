// Dynamic namespaces: a rule, and the children that came of it.
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SocketIO.Server;

/// <summary>Decides whether a client's CONNECT makes a new child namespace.</summary>
/// <param name="name">The name that the client asked for.</param>
/// <param name="auth">What it gave as <c>auth</c>; an empty object where it gave nothing.</param>
public delegate ValueTask<bool> NamespaceRule(string name, JsonElement auth);

/// <summary>
/// A namespace whose children come into being as clients ask for them. Its middlewares and connection handlers become each child's;
/// what is sent to it is sent to all children. Source: <see href="https://socket.io/docs/v4/namespaces/#dynamic-namespaces"/>.
/// </summary>
public sealed class ParentNamespace : Namespace
{
    private readonly ConcurrentDictionary<string, Namespace> _children = new();
    private readonly NamespaceRule _rule;

    internal ParentNamespace(SocketIOServer server, string name, NamespaceRule rule, Regex? pattern)
        : base(server, name, static ns => new ChildrenAdapter((ParentNamespace)ns))
    {
        _rule = rule;
        Pattern = pattern;
    }

    /// <summary>The children that there are, by name.</summary>
    public IReadOnlyDictionary<string, Namespace> Children => _children;

    /// <summary>The pattern, where the rule is one.</summary>
    internal Regex? Pattern { get; }

    internal ValueTask<bool> AllowsAsync(string name, JsonElement auth) => _rule(name, auth);

    internal void Add(Namespace child)
    {
        CopyHandlersTo(child);
        _children[child.Name] = child;
    }

    internal void RemoveIfEmpty(Namespace child)
    {
        if (Server.Options.CleanupEmptyChildNamespaces && child.TryRetire() && _children.TryRemove(KeyValuePair.Create(child.Name, child)))
        {
            Server.Remove(child);
        }
    }

    /// <summary>Sends to every child, and refuses what needs sockets of its own.</summary>
    private sealed class ChildrenAdapter(ParentNamespace parent) : Adapter(parent)
    {
        public override IReadOnlyDictionary<string, IReadOnlySet<string>> Rooms => new Dictionary<string, IReadOnlySet<string>>();

        public override IReadOnlyDictionary<string, IReadOnlySet<string>> SocketIds => new Dictionary<string, IReadOnlySet<string>>();

        public override ValueTask<int> GetServerCountAsync() => new(1);

        public override ValueTask AddAllAsync(Socket socket, IReadOnlyCollection<string> rooms) => throw NotSupported();

        public override ValueTask DeleteAsync(Socket socket, string room) => throw NotSupported();

        public override ValueTask DeleteAllAsync(Socket socket) => throw NotSupported();

        public override IReadOnlySet<string> GetRooms(Socket socket) => throw NotSupported();

        public override async ValueTask BroadcastAsync(EventPayload payload, BroadcastOptions options)
        {
            foreach (var (_, child) in parent._children)
            {
                await child.Adapter.BroadcastAsync(payload, options).ConfigureAwait(false);
            }
        }

        public override ValueTask BroadcastWithAckAsync(
            EventPayload payload,
            BroadcastOptions options,
            Action<int> clientCount,
            Action<EventPayload> answered,
            CancellationToken cancellationToken) => throw NotSupported();

        public override ValueTask<IReadOnlyList<RemoteSocket>> FetchSocketsAsync(BroadcastOptions options) => throw NotSupported();

        public override ValueTask AddSocketsAsync(BroadcastOptions options, IReadOnlyCollection<string> rooms) =>
            ForEachAsync(child => child.Adapter.AddSocketsAsync(options, rooms));

        public override ValueTask DeleteSocketsAsync(BroadcastOptions options, IReadOnlyCollection<string> rooms) =>
            ForEachAsync(child => child.Adapter.DeleteSocketsAsync(options, rooms));

        public override ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close) =>
            ForEachAsync(child => child.Adapter.DisconnectSocketsAsync(options, close));

        public override ValueTask ServerSideEmitAsync(EventPayload payload) =>
            ForEachAsync(child => child.Adapter.ServerSideEmitAsync(payload));

        public override ValueTask<IReadOnlyList<EventPayload>> ServerSideEmitWithAckAsync(
            EventPayload payload,
            TimeSpan timeout,
            CancellationToken cancellationToken) => throw NotSupported();

        private async ValueTask ForEachAsync(Func<Namespace, ValueTask> action)
        {
            foreach (var (_, child) in parent._children)
            {
                await action(child).ConfigureAwait(false);
            }
        }

        private static NotSupportedException NotSupported() => new("A parent namespace has no sockets of its own; ask its children.");
    }
}
