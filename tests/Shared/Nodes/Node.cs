using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SocketIO.Server;

namespace SocketIO.Testing;

/// <summary>A host of its own with a Socket.IO server, on a port of its own.</summary>
public sealed class Node : IAsyncDisposable
{
    private readonly List<TestClient> _clients = [];

    private Node(WebApplication app) => App = app;

    public WebApplication App { get; }

    public SocketIOServer Io => App.Services.GetRequiredService<SocketIOServer>();

    public Uri Address => new(App.Urls.First());

    public static Task<Node> StartAsync(Action<SocketIOOptions>? configure = null, Action<WebApplicationBuilder>? build = null, Action<WebApplication>? map = null) =>
        StartBareAsync(
            builder =>
            {
                builder.Services.AddSocketIO(options =>
                {
                    // Clients that a test leaves behind are not waited for.
                    options.ShutdownTimeout = TimeSpan.FromMilliseconds(50);
                    configure?.Invoke(options);
                });
                build?.Invoke(builder);
            },
            map ?? (static app => app.MapSocketIO()));

    /// <summary>The same without a server that is added on its own.</summary>
    public static async Task<Node> StartBareAsync(Action<WebApplicationBuilder> build, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        build(builder);
        var app = builder.Build();
        map(app);
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new Node(app);
    }

    /// <summary>Opens a connection that ends with the node.</summary>
    public async Task<TestClient> OpenAsync(string path = "/socket.io/", string query = "")
    {
        var client = await TestClient.OpenAsync(Address, path, query);
        lock (_clients)
        {
            _clients.Add(client);
        }

        return client;
    }

    /// <summary>Opens a connection and joins a namespace.</summary>
    public async Task<TestSocket> ConnectAsync(string ns = "/", object? auth = null, string query = "")
    {
        var client = await OpenAsync(query: query);
        return await client.JoinAsync(ns, auth);
    }

    /// <summary>The server's side of a client's socket.</summary>
    public Socket this[TestSocket socket] => Io.Of(socket.Namespace).Sockets[socket.Id];

    public HttpClient CreateHttpClient() => new() { BaseAddress = Address };

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        var stopping = App.StopAsync();
        if (App.Services.GetService<TimeProvider>() is ManualTimeProvider time)
        {
            // The server gives its clients time to go: it is ours to give.
            while (await Task.WhenAny(stopping, Task.Delay(5)) != stopping)
            {
                time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        await stopping;
        await App.DisposeAsync();
    }
}
