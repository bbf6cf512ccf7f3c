using Microsoft.Extensions.DependencyInjection;
using SocketIO.Server;

namespace SocketIO.Benchmarks.Micro;

/// <summary>A server without a host: its clients are in memory.</summary>
internal static class TestServer
{
    public static SocketIOServer Create(Action<Socket>? onConnection = null)
    {
        var services = new ServiceCollection().AddLogging().AddSocketIO().Services.BuildServiceProvider();
        var server = services.GetRequiredService<SocketIOServer>();
        server.OnConnection(onConnection ?? (static _ => { }));
        return server;
    }
}
