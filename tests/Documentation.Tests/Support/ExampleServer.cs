using Microsoft.AspNetCore.Hosting;
using SocketIO.Server;

namespace Documentation.Tests;

/// <summary>A server with an example in it, on a port of its own.</summary>
internal sealed class ExampleServer : IAsyncDisposable
{
    private const string ReadyEvent = "are your handlers in place?";

    private ExampleServer(WebApplication app) => App = app;

    public WebApplication App { get; }

    public string Url => App.Urls.First();

    public SocketIOServer IO => App.Services.GetRequiredService<SocketIOServer>();

    /// <summary>Starts a server with these handlers.</summary>
    public static Task<ExampleServer> StartAsync(Action<SocketIOServer> handlers, Action<SocketIOOptions>? options = null)
    {
        var builder = CreateBuilder();
        builder.Services.AddSocketIO(options);
        var app = builder.Build();
        app.MapSocketIO(handlers);
        return StartAsync(app);
    }

    public static async Task<ExampleServer> StartAsync(WebApplication app)
    {
        app.Services.GetService<SocketIOServer>()?.OnConnection(static socket => socket.On(ReadyEvent, static () => true));
        await app.StartAsync();
        return new ExampleServer(app);
    }

    public static WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        return builder;
    }

    public Task<TestClient> ConnectAsync(string ns = "/", object? auth = null, string path = "/socket.io/", params (string Name, string Value)[] headers) =>
        TestClient.ConnectAsync(Url, ns, auth, path, headers);

    /// <summary>The same to the main namespace, and waits until the example's connection handlers have run: they do after the client has been told.</summary>
    public async Task<TestClient> ConnectAndWaitAsync()
    {
        var client = await ConnectAsync();
        await client.EmitWithAckAsync(ReadyEvent);
        return client;
    }

    public HttpClient CreateHttpClient() => new() { BaseAddress = new Uri(Url) };

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
