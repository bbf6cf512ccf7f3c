using SocketIO.Server;

namespace SocketIO.Conformance.Server;

/// <summary>The behaviour that the official suites expect of a server.</summary>
public static class SuiteServer
{
    public static void Configure(EngineOptions options)
    {
        options.PingInterval = TimeSpan.FromMilliseconds(300);
        options.PingTimeout = TimeSpan.FromMilliseconds(200);
        options.MaxHttpBufferSize = 1_000_000;
    }

    /// <summary>Engine.IO: every message comes back.</summary>
    public static void MapEcho(Engine engine) => engine.Connection += connection =>
        connection.MessageReceived += (data, isBinary) =>
        {
            if (isBinary)
            {
                connection.Send(data);
            }
            else
            {
                connection.Send(System.Text.Encoding.UTF8.GetString(data.Span));
            }
        };

    /// <summary>Socket.IO: the payload of CONNECT, messages and acknowledgements come back, on <c>/</c> and <c>/custom</c>.</summary>
    public static void MapSuite(SocketIOServer io)
    {
        io.OnConnection(Serve);
        io.Of("/custom").OnConnection(Serve);
    }

    private static void Serve(Socket socket)
    {
        socket.Emit("auth", socket.Handshake.Auth);
        socket.On("message", (EventArguments args) => socket.Emit("message-back", args.ToArray()));
        socket.On("message-with-ack", (EventArguments args, Ack ack) => ack.Send(args.ToArray()));
    }
}
