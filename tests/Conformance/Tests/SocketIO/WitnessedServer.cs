using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>A Socket.IO server with a few events that notes how its sockets and connections end.</summary>
internal sealed class WitnessedServer : IAsyncDisposable
{
    private WitnessedServer(TestServerHost host) => Host = host;

    public TestServerHost Host { get; }

    /// <summary>The sockets that have connected, on whichever namespace.</summary>
    public Recorder<Socket> Connected { get; } = new();

    /// <summary>Why sockets ended.</summary>
    public Recorder<Disconnection> Disconnected { get; } = new();

    /// <summary>Why connections ended.</summary>
    public Recorder<string> Closed { get; } = new();

    /// <summary>What was raised as <c>error</c> on a socket.</summary>
    public Recorder<Exception> Errors { get; } = new();

    public static async Task<WitnessedServer> StartAsync(Action<SocketIOOptions>? configure = null, ManualTimeProvider? time = null)
    {
        WitnessedServer? server = null;
        var host = await TestServerHost.StartSocketIOAsync(configure, io => Map(io, () => server!), time: time);
        return server = new WitnessedServer(host);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    private static void Map(SocketIOServer io, Func<WitnessedServer> server)
    {
        io.Engine.Connection += connection => connection.Closed += (reason, _) => server().Closed.Add(reason);
        foreach (var ns in (Namespace[])[io.Sockets, io.Of("/other")])
        {
            ns.OnConnection(socket =>
            {
                socket.OnDisconnect(end => server().Disconnected.Add(end));
                socket.OnError(error => server().Errors.Add(error));
                socket.On("echo", (EventArguments args) => socket.Emit("echo", args.ToArray()));
                socket.On("echo-ack", (EventArguments args, Ack ack) => ack.Send(args.ToArray()));
                socket.On("auth", () => JsonSerializer.SerializeToElement(socket.Handshake.Auth));
                server().Connected.Add(socket);
            });
        }
    }
}
