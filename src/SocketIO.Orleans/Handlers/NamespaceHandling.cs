// A namespace of this gateway that grains of another service serve.
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Metadata;
using Orleans.Runtime;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Gives what the clients of a namespace do to its handler grains.</summary>
internal sealed partial class NamespaceHandling
{
    private readonly ConditionalWeakTable<Socket, HandledSocket> _sockets = [];
    private readonly string _namespace;
    private readonly NamespaceHandlerOptions _options;
    private readonly GrainType _grainType;
    private readonly IGrainFactory _grains;
    private readonly IClusterManifestProvider _manifests;
    private readonly ClientPumps _pumps;
    private readonly ClientMetrics _metrics;
    private readonly ILogger _logger;

    public NamespaceHandling(
        string @namespace,
        NamespaceHandlerOptions options,
        IGrainFactory grains,
        IClusterManifestProvider manifests,
        ClientPumps pumps,
        ClientMetrics metrics,
        ILogger logger)
    {
        _namespace = @namespace;
        _options = options;
        _grainType = GrainType.Create(options.GrainType);
        _grains = grains;
        _manifests = manifests;
        _pumps = pumps;
        _metrics = metrics;
        _logger = logger;
    }

    private bool IsServed => _manifests.Current.AllGrainManifests.Any(manifest => manifest.Grains.ContainsKey(_grainType));

    /// <summary>Has the grains serve the namespace from now on.</summary>
    public void Attach(Namespace ns)
    {
        ns.Use(AdmitAsync);
        ns.OnConnection(OnConnectionAsync);
    }

    /// <summary>The way of a socket's doings to its grain.</summary>
    public ClientPump CreatePump(Socket socket) => _pumps.Create(socket.Connection, _options.MaxQueuedBytes);

    /// <summary>The grain that serves a socket. It is known by name alone: its class may be nowhere near.</summary>
    /// <exception cref="InvalidOperationException">No silo has its type.</exception>
    public INamespaceHandler GetGrain(ClientSocket client) => IsServed
        ? _grains.GetGrain<INamespaceHandler>(GrainId.Create(_grainType, _options.Key == NamespaceHandlerKey.Socket ? client.Id : client.Namespace))
        : throw new InvalidOperationException($"No silo has the grain type {_options.GrainType}.");

    /// <summary>A call has failed: the log gets the reason, the client an error.</summary>
    public HandlerError OnFailed(Exception exception, string what)
    {
        _metrics.Failed();
        if (!IsServed)
        {
            Log.Unknown(_logger, _options.GrainType, _namespace);
            return HandlerError.Unavailable;
        }

        Log.Failed(_logger, exception, _options.GrainType, _namespace, what);
        return exception is OrleansException or TimeoutException ? HandlerError.Unavailable : HandlerError.Failed;
    }

    private async Task AdmitAsync(Socket socket, Func<Task> next)
    {
        var handled = new HandledSocket(this, socket);
        await handled.ConnectAsync().ConfigureAwait(false);
        _sockets.Add(socket, handled);
        try
        {
            await next().ConfigureAwait(false);
        }
        catch
        {
            handled.End(CloseReasons.ServerNamespaceDisconnect);
            throw;
        }
    }

    private async Task OnConnectionAsync(Socket socket)
    {
        if (!_sockets.TryGetValue(socket, out var handled))
        {
            // It came back to its session, and its middlewares were left out.
            handled = new HandledSocket(this, socket);
            try
            {
                await handled.ConnectAsync().ConfigureAwait(false);
            }
            catch (ConnectRefusedException)
            {
                socket.Disconnect();
                return;
            }
            catch
            {
                socket.Disconnect();
                throw;
            }
        }

        handled.OnConnected();
    }

    private static partial class Log
    {
        [LoggerMessage(80, LogLevel.Error, "No silo of the cluster has the grain type {GrainType}, which is to serve namespace {Namespace}: start its service, or correct SocketIOClusterOptions.Handlers")]
        public static partial void Unknown(ILogger logger, string grainType, string @namespace);

        [LoggerMessage(81, LogLevel.Error, "The handler {GrainType} of namespace {Namespace} has failed: {What}")]
        public static partial void Failed(ILogger logger, Exception exception, string grainType, string @namespace, string what);
    }
}
