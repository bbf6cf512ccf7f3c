using SocketIO.Conformance.Server;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>A bare Engine.IO server that sends every message back and notes how its connections end.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private EchoServer(TestServerHost host) => Host = host;

    public TestServerHost Host { get; }

    /// <summary>The connections that were opened.</summary>
    public Recorder<EngineConnection> Opened { get; } = new();

    /// <summary>Why connections ended.</summary>
    public Recorder<string> Closed { get; } = new();

    /// <summary>The requests that were refused.</summary>
    public Recorder<ConnectionError> Refused { get; } = new();

    public static async Task<EchoServer> StartAsync(Action<EngineOptions>? configure = null, Action<Engine>? map = null, ManualTimeProvider? time = null)
    {
        EchoServer? server = null;
        var host = await TestServerHost.StartEngineIOAsync(
            configure,
            engine =>
            {
                SuiteServer.MapEcho(engine);
                engine.Connection += connection =>
                {
                    connection.Closed += (reason, _) => server!.Closed.Add(reason);
                    server!.Opened.Add(connection);
                };
                engine.ConnectionError += error => server!.Refused.Add(error);
                map?.Invoke(engine);
            },
            time);
        return server = new EchoServer(host);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
