using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SocketIO.Server;

namespace SocketIO.Client.Tests;

/// <summary>This project's server on a port of its own.</summary>
internal sealed class LiveServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LiveServer(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public SocketIOServer IO => _app.Services.GetRequiredService<SocketIOServer>();

    public static Task<LiveServer> StartAsync(Action<Socket> onConnection, Action<SocketIOOptions>? configure = null, TimeProvider? time = null) =>
        ServeAsync(io => io.OnConnection(onConnection), configure, time);

    public static async Task<LiveServer> ServeAsync(Action<SocketIOServer> handlers, Action<SocketIOOptions>? configure = null, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSocketIO(configure);
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        var app = builder.Build();
        app.MapSocketIO(handlers);
        await app.StartAsync();
        return new LiveServer(app);
    }

    /// <summary>A client that is connected to the server.</summary>
    public async Task<SocketIOClient> ConnectAsync(Action<SocketIOClient>? handlers = null, SocketIOClientOptions? options = null, string path = "")
    {
        var client = new SocketIOClient(Url + path, options);
        handlers?.Invoke(client);
        await Patience.Within(client.ConnectAsync());
        return client;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>What happened, in its order, for a test that waits for it.</summary>
internal sealed class Happenings<T>
{
    private readonly Channel<T> _items = Channel.CreateUnbounded<T>();

    public bool IsEmpty => !_items.Reader.TryPeek(out _);

    public void Add(T item) => _items.Writer.TryWrite(item);

    public async Task<T> NextAsync() => await Patience.Within(_items.Reader.ReadAsync().AsTask());
}
