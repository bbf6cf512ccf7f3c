using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>Fuzzing measures the process, so nothing else runs in it meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FuzzCollection
{
    public const string Name = "Fuzz";
}

/// <summary>A real host with handlers of every kind, and what must hold however clients behave.</summary>
internal sealed class FuzzTarget : IAsyncDisposable
{
    public const string MessagePackPath = "/msgpack/";
    public const string OldPath = "/old/";
    public const string DevelopmentPath = "/development/";

    private const int RoundsPerBatch = 50;
    private const long MemoryGrowthAllowed = 16 * 1024 * 1024;

    private readonly ManualTimeProvider _time = new();
    private readonly ServerLog _log = new();
    private readonly ConcurrentQueue<Exception> _unobserved = new();
    private Node _node = null!;
    private SocketIOServer[] _servers = [];
    private long? _settledMemory;

    private FuzzTarget() => TaskScheduler.UnobservedTaskException += OnUnobserved;

    public Uri Address => _node.Address;

    public static async Task<FuzzTarget> StartAsync()
    {
        var target = new FuzzTarget();
        target._node = await Node.StartAsync(
            options =>
            {
                Configure(options);
                options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
            },
            builder =>
            {
                builder.Logging.AddProvider(target._log);
                builder.Services.AddSingleton<TimeProvider>(target._time);
                builder.Services.AddSocketIO("msgpack", options =>
                {
                    Configure(options);
                    options.Path = MessagePackPath;
                    options.Parser = PacketParser.MessagePack;
                    options.AllowJsonp = false;
                });
                builder.Services.AddSocketIO("old", options =>
                {
                    Configure(options);
                    options.Path = OldPath;
                    options.Generations = Generations.All;
                    // So that sessions outlive their transports.
                    options.Version06.CloseTimeouts.Clear();
                });
                builder.Services.AddSocketIO("development", options =>
                {
                    Configure(options);
                    options.Path = DevelopmentPath;
                    options.Generations = Generations.Development07;
                });
            },
            app =>
            {
                app.MapSocketIO(Register);
                app.MapSocketIO("msgpack", Register);
                app.MapSocketIO("old", Register);
                app.MapSocketIO("development", Register);
            });
        var services = target._node.App.Services;
        target._servers = [target._node.Io, .. new[] { "msgpack", "old", "development" }.Select(services.GetRequiredKeyedService<SocketIOServer>)];
        return target;
    }

    /// <summary>Runs rounds; after each the server must serve a healthy client, and from time to time all that was left must be gone.</summary>
    public async Task RunAsync(int rounds, Func<Random, Task> round)
    {
        TestSocket? healthy = null;
        var count = 0;
        await Fuzz.RoundsAsync(rounds, async random =>
        {
            healthy ??= await (await TestClient.OpenAsync(Address)).JoinAsync();
            await round(random);
            Assert.Equal(3, (await healthy.EmitWithAckAsync("sum", 1, 2)).Int(0));
            _log.AssertNoErrors();
            if (++count % RoundsPerBatch == 0)
            {
                await healthy.Client.DisposeAsync();
                healthy = null;
                await SettleAsync();
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        TaskScheduler.UnobservedTaskException -= OnUnobserved;
        _log.AssertNoErrors();
    }

    private static void Configure(SocketIOOptions options)
    {
        options.ServeClient = false;
        options.Generations = Generations.Current | Generations.EngineIO3;
        options.MaxHttpBufferSize = 64 * 1024;
        options.MaxRoomsPerSocket = 10;
        options.CleanupEmptyChildNamespaces = true;
        options.PerMessageDeflate = new PerMessageDeflateOptions { Threshold = 16 };
    }

    private static void Register(SocketIOServer io)
    {
        io.OnConnection(socket => Register(io, socket));
        io.Of("/any").Use(static (socket, next) => socket.Handshake.Auth.ValueKind == JsonValueKind.Null ? throw new ConnectRefusedException("no auth", new { code = 1 }) : next());
        io.Of("/any").OnConnection(socket => Register(io, socket.OnAny(static _ => { }).OnAnyOutgoing(static _ => { }).Use(static (_, next) => next())));
        io.Of(new Regex("^/dyn-[a-z0-9]{1,8}$")).OnConnection(socket => Register(io, socket));
    }

    private static void Register(SocketIOServer io, Socket socket) => socket
        .On("sum", (int a, int b) => a + b)
        .On("text", (string text) => text)
        .On("number", (double number, long? whole) => number + whole)
        .On("any", (JsonElement element, object? thing) => new { element, thing })
        .On("list", (string[] list, Dictionary<string, int> map) => list.Length + map.Count)
        .On("binary", (byte[] bytes) => bytes)
        .On("stream", (Stream stream) => stream.Length)
        .On("all", (EventArguments args, Ack ack) =>
        {
            ack.Send(args.ToArray());
            socket.Emit("all", args.ToArray());
        })
        .On("later", async (int value) =>
        {
            await Task.Yield();
            return value;
        })
        .On("ask", (CancellationToken token) => socket.Timeout(TimeSpan.FromMinutes(5)).EmitWithAckAsync<string>("question"))
        .On("throw", static () => { throw new InvalidOperationException("a handler's own"); })
        .On("join", (string room) => socket.JoinAsync(room))
        .On("leave", (string room) => socket.LeaveAsync(room))
        .On("tell", (string room, JsonElement what) => io.To(room).Emit("told", what))
        .On("go", () => { socket.Disconnect(); });

    // What clients left behind ends with its time-outs; then nothing of them may be there.
    private async Task SettleAsync()
    {
        await Patience.Until(() =>
        {
            _time.Advance(TimeSpan.FromMinutes(3));
            return _servers.All(static server => server.Engine.ClientsCount == 0);
        });
        foreach (var server in _servers)
        {
            await Patience.Until(() => server.Namespaces.Count == 2 && server.Namespaces.Values.All(static ns => ns.Sockets.Count == 0 && ns.Adapter.Rooms.Count == 0));
        }

        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        _log.AssertNoErrors();
        Assert.Empty(_unobserved);
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        _settledMemory ??= memory;
        Assert.InRange(memory, 0, _settledMemory.Value + MemoryGrowthAllowed);
    }

    // Tasks of the tests' own clients may end unobserved.
    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        foreach (var exception in e.Exception.Flatten().InnerExceptions)
        {
            var assemblies = new StackTrace(exception).GetFrames().Select(static frame => frame.GetMethod()?.Module.Assembly);
            if (assemblies.Any(static assembly => assembly == typeof(SocketIOServer).Assembly || assembly == typeof(Packet).Assembly))
            {
                _unobserved.Enqueue(exception);
            }
        }
    }
}
