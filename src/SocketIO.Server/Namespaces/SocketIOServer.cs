// The server as an application sees it: namespaces, and the main one's methods.
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// A Socket.IO server. What is not about namespaces or the engine is forwarded to the main namespace, <c>/</c>.
/// Source: <see href="https://socket.io/docs/v4/server-instance/"/>.
/// </summary>
public sealed partial class SocketIOServer
{
    private readonly ConcurrentDictionary<string, Namespace> _namespaces = new();
    private readonly Lock _gate = new();
    private ParentNamespace[] _parents = [];
    private Func<Namespace, Adapter> _adapter;
    private int _parentIds;

    internal SocketIOServer(SocketIOOptions options, IServiceProvider services, TimeProvider time, ILogger logger)
    {
        Options = options;
        Logger = logger;
        Serializer = new EventSerializer(options.SerializerOptions);
        Binder = new HandlerBinder(services);
        PacketLimits = new PacketLimits { MaxAttachments = options.MaxAttachments, MaxDepth = options.SerializerOptions.MaxDepth is 0 ? 64 : options.SerializerOptions.MaxDepth };
        Engine = new Engine(options, time, logger);
        Engine.Connection += OnConnection;
        _adapter = options.Adapter ?? (options.ConnectionStateRecovery is { } recovery
            ? ns => new RecoveryAdapter(ns, recovery)
            : static ns => new InProcessAdapter(ns));
        Sockets = Of("/");
    }

    /// <summary>A namespace has been made, other than the main one.</summary>
    public event Action<Namespace>? NewNamespace;

    /// <summary>The Engine.IO server below.</summary>
    public Engine Engine { get; }

    /// <summary>The main namespace, <c>/</c>.</summary>
    public Namespace Sockets { get; }

    /// <summary>The namespaces that there are, by name; without parents of dynamic ones.</summary>
    public IReadOnlyDictionary<string, Namespace> Namespaces => _namespaces;

    /// <summary>The path that requests come to.</summary>
    public string Path => Options.Path;

    /// <inheritdoc cref="Namespace.Local"/>
    public BroadcastOperator Local => Sockets.Local;

    /// <inheritdoc cref="Namespace.Volatile"/>
    public BroadcastOperator Volatile => Sockets.Volatile;

    /// <summary>The options in force; they are not to be changed any more.</summary>
    public SocketIOOptions Options { get; }

    internal ILogger Logger { get; }

    internal EventSerializer Serializer { get; }

    internal HandlerBinder Binder { get; }

    internal PacketLimits PacketLimits { get; }

    /// <summary>Gets a namespace; it is made if there is none of that name.</summary>
    /// <param name="name">The name; a leading slash is added.</param>
    public Namespace Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        name = name.StartsWith('/') ? name : "/" + name;
        if (_namespaces.TryGetValue(name, out var existing))
        {
            return existing;
        }

        // A name that a pattern covers is that parent's child, as if a client had asked for it.
        foreach (var parent in _parents)
        {
            if (parent is { Pattern: { } pattern } && pattern.IsMatch(name))
            {
                return GetOrAdd(name, parent);
            }
        }

        return GetOrAdd(name, null);
    }

    /// <summary>Makes a parent for all namespaces whose name matches a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    public ParentNamespace Of(Regex pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return AddParent((name, _) => new ValueTask<bool>(pattern.IsMatch(name)), pattern);
    }

    /// <summary>Makes a parent for all namespaces that a rule allows; parents are asked in the order in which they were made.</summary>
    /// <param name="rule">The rule.</param>
    public ParentNamespace Of(NamespaceRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return AddParent(rule, null);
    }

    /// <summary>Sets what makes the adapters, and makes those of the namespaces that there are anew. To be called before clients come.</summary>
    /// <param name="adapter">Makes an adapter.</param>
    public void UseAdapter(Func<Namespace, Adapter> adapter)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        _adapter = adapter;
        foreach (var (_, ns) in _namespaces)
        {
            ns.ReplaceAdapter(adapter);
        }
    }

    /// <inheritdoc cref="Namespace.Use"/>
    public SocketIOServer Use(Func<Socket, Func<Task>, Task> middleware)
    {
        Sockets.Use(middleware);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Action{Socket})"/>
    public SocketIOServer OnConnection(Action<Socket> handler)
    {
        Sockets.OnConnection(handler);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Action{Socket})"/>
    public SocketIOServer OnConnection(Func<Socket, Task> handler)
    {
        Sockets.OnConnection(handler);
        return this;
    }

    /// <inheritdoc cref="BroadcastOperator.To"/>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => Sockets.To(rooms);

    /// <inheritdoc cref="BroadcastOperator.To"/>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => Sockets.To(rooms);

    /// <inheritdoc cref="BroadcastOperator.Except"/>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => Sockets.Except(rooms);

    /// <inheritdoc cref="BroadcastOperator.Compress"/>
    public BroadcastOperator Compress(bool compress) => Sockets.Compress(compress);

    /// <inheritdoc cref="BroadcastOperator.Timeout"/>
    public BroadcastOperator Timeout(TimeSpan timeout) => Sockets.Timeout(timeout);

    /// <inheritdoc cref="BroadcastOperator.Emit"/>
    public void Emit(string eventName, params object?[] args) => Sockets.Emit(eventName, args);

    /// <inheritdoc cref="BroadcastOperator.Send"/>
    public void Send(params object?[] args) => Sockets.Send(args);

    /// <inheritdoc cref="BroadcastOperator.EmitWithAckAsync"/>
    public Task<IReadOnlyList<T?>> EmitWithAckAsync<T>(string eventName, params object?[] args) => Sockets.EmitWithAckAsync<T>(eventName, args);

    /// <inheritdoc cref="BroadcastOperator.FetchSocketsAsync"/>
    public ValueTask<IReadOnlyList<RemoteSocket>> FetchSocketsAsync() => Sockets.FetchSocketsAsync();

    /// <inheritdoc cref="BroadcastOperator.SocketsJoinAsync"/>
    public ValueTask SocketsJoinAsync(params IReadOnlyCollection<string> rooms) => Sockets.SocketsJoinAsync(rooms);

    /// <inheritdoc cref="BroadcastOperator.SocketsLeaveAsync"/>
    public ValueTask SocketsLeaveAsync(params IReadOnlyCollection<string> rooms) => Sockets.SocketsLeaveAsync(rooms);

    /// <inheritdoc cref="BroadcastOperator.DisconnectSocketsAsync"/>
    public ValueTask DisconnectSocketsAsync(bool close = false) => Sockets.DisconnectSocketsAsync(close);

    /// <inheritdoc cref="Namespace.OnServerSide"/>
    public SocketIOServer OnServerSide(string eventName, Func<EventArguments, object?> handler)
    {
        Sockets.OnServerSide(eventName, handler);
        return this;
    }

    /// <inheritdoc cref="Namespace.ServerSideEmit"/>
    public void ServerSideEmit(string eventName, params object?[] args) => Sockets.ServerSideEmit(eventName, args);

    /// <inheritdoc cref="Namespace.ServerSideEmitWithAckAsync"/>
    public Task<IReadOnlyList<T?>> ServerSideEmitWithAckAsync<T>(string eventName, params object?[] args) =>
        Sockets.ServerSideEmitWithAckAsync<T>(eventName, args);

    /// <summary>Closes the server: sockets end with <c>server shutting down</c>, their connections are closed, no new ones are taken. More than once does no harm.</summary>
    public async Task CloseAsync()
    {
        foreach (var (_, ns) in _namespaces)
        {
            foreach (var (_, socket) in ns.Sockets)
            {
                socket.OnClosed(CloseReasons.ServerShuttingDown, null);
            }

            try
            {
                await ns.Adapter.CloseAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The connections are closed all the same.
                LogFailure(e);
            }
        }

        Engine.Close();
    }

    internal static void ThrowIfReserved(string eventName)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        if (eventName is "connect" or "connect_error" or "disconnect" or "disconnecting" or "newListener" or "removeListener")
        {
            throw new ArgumentException($"\"{eventName}\" is a reserved event name", nameof(eventName));
        }
    }

    internal EventPayload CreateEvent(string eventName, object?[] args)
    {
        ThrowIfReserved(eventName);
        return CreatePayload(eventName, args);
    }

    internal EventPayload CreatePayload(string eventName, object?[] args)
    {
        var writer = Serializer.Rent();
        try
        {
            writer.Json.WriteStringValue(eventName);
            Serializer.WriteAll(writer, args);
            return writer.ToPayload();
        }
        finally
        {
            EventSerializer.Return(writer);
        }
    }

    internal EventPayload CreateAnswer(object? value)
    {
        var writer = Serializer.Rent();
        try
        {
            Serializer.Write(writer, value);
            return writer.ToPayload();
        }
        finally
        {
            EventSerializer.Return(writer);
        }
    }

    /// <summary>The namespace that a client asked for, made by a parent's rule if need be; null if nobody allows it.</summary>
    internal async ValueTask<Namespace?> FindAsync(string name, byte[]? auth)
    {
        if (_namespaces.TryGetValue(name, out var existing))
        {
            return existing;
        }

        if (_parents.Length == 0)
        {
            return null;
        }

        var element = JsonSerializer.Deserialize<JsonElement>(auth ?? "{}"u8, Serializer.Options);
        foreach (var parent in _parents)
        {
            try
            {
                if (await parent.AllowsAsync(name, element).ConfigureAwait(false))
                {
                    return GetOrAddForClient(name, parent);
                }
            }
            catch (Exception e)
            {
                Log.RuleFailed(Logger, e, name);
            }
        }

        return null;
    }

    internal void Remove(Namespace child)
    {
        if (_namespaces.TryRemove(KeyValuePair.Create(child.Name, child)))
        {
            Forget(child.Adapter.CloseAsync());
        }
    }

    /// <summary>Runs what nobody waits for; what fails is logged.</summary>
    internal void Forget(ValueTask task)
    {
        if (task.IsCompletedSuccessfully)
        {
            return;
        }

        _ = AwaitAsync(task);

        async Task AwaitAsync(ValueTask running)
        {
            try
            {
                await running.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                Log.BackgroundFailed(Logger, e);
            }
        }
    }

    /// <summary>The same for what may fail before it has begun.</summary>
    internal void Forget(Func<ValueTask> start) => Guard(() => Forget(start()));

    internal void LogPassedOver(PacketNotSupportedException reason) => Log.PassedOver(Logger, reason.Message);

    internal void LogFailure(Exception exception) => Log.BackgroundFailed(Logger, exception);

    /// <summary>Runs an application's code whose failure is its own.</summary>
    internal void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            Log.BackgroundFailed(Logger, e);
        }
    }

    private void OnConnection(EngineConnection connection)
    {
        var client = new Client(this, connection);
        connection.Handler = client;
        client.ConnectImplicitly();
    }

    // Those who ask in the same moment may exceed the bound by their number.
    private Namespace? GetOrAddForClient(string name, ParentNamespace parent)
    {
        if (!_namespaces.ContainsKey(name) && _parents.Sum(static parent => parent.Children.Count) >= Options.MaxChildNamespaces)
        {
            Engine.Bounds.Met(Bound.MaxChildNamespaces);
            return null;
        }

        return GetOrAdd(name, parent);
    }

    private Namespace GetOrAdd(string name, ParentNamespace? parent)
    {
        Namespace ns;
        lock (_gate)
        {
            if (_namespaces.TryGetValue(name, out var existing))
            {
                return existing;
            }

            ns = new Namespace(this, name, _adapter) { Parent = parent };
            parent?.Add(ns);
            Forget(ns.Adapter.InitializeAsync());
            _namespaces[name] = ns;
        }

        if (name != "/")
        {
            Guard(() => NewNamespace?.Invoke(ns));
        }

        return ns;
    }

    private ParentNamespace AddParent(NamespaceRule rule, Regex? pattern)
    {
        lock (_gate)
        {
            var parent = new ParentNamespace(this, $"/_{_parentIds++}", rule, pattern);
            _parents = [.. _parents, parent];
            return parent;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Error, "The rule of a dynamic namespace failed for {Name}")]
        public static partial void RuleFailed(ILogger logger, Exception exception, string name);

        [LoggerMessage(12, LogLevel.Debug, "A broadcast passes clients over: {Reason}")]
        public static partial void PassedOver(ILogger logger, string reason);

        [LoggerMessage(11, LogLevel.Error, "Work in the background failed")]
        public static partial void BackgroundFailed(ILogger logger, Exception exception);
    }
}
