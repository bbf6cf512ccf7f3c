using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SocketIO.Gateway.Tests;

/// <summary>A collector as far as tests need one: it keeps what it is sent by HTTP.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = new();
    private readonly WebApplication _app;

    private Collector(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var collector = new Collector(app);
        app.MapPost("/v1/{signal}", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            collector._received.Enqueue((context.Request.Path, body.ToArray()));
            context.Response.ContentType = "application/x-protobuf";
        });
        await app.StartAsync();
        return collector;
    }

    /// <summary>Whether one message of a signal has all of these, texts or bytes.</summary>
    public bool Has(string signal, params object[] parts) => _received.Any(message =>
        message.Path == "/v1/" + signal && Array.TrueForAll(parts, part => message.Body.AsSpan().IndexOf(part as byte[] ?? Encoding.UTF8.GetBytes((string)part)) >= 0));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
