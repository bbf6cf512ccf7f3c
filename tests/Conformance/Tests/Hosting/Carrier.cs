// The ways in which a WebSocket can reach the server, each as one value: the server that offers it and the client that takes it.
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>What carries the frames.</summary>
public enum Carrier
{
    /// <summary>HTTP/1.1 in the clear: the connection is handed over.</summary>
    HandedOff,

    /// <summary>HTTP/1.1 in the clear with endpoint defaults of the application's own: the upgraded stream.</summary>
    Stream,

    /// <summary>HTTP/1.1 over TLS: the upgraded stream.</summary>
    TlsStream,

    /// <summary>HTTP/1.1 over TLS, with <c>UseSocketIO</c> after <c>UseHttps</c>: the connection is handed over.</summary>
    TlsHandedOff,

    /// <summary>HTTP/2 in the clear, with prior knowledge (RFC 8441).</summary>
    Http2,

    /// <summary>HTTP/2 over TLS (RFC 8441).</summary>
    TlsHttp2,

    /// <summary>The in-memory test server: a WebSocket of the host's own.</summary>
    InMemory,
}

/// <summary>A host that offers one carrier, and the clients that use it.</summary>
internal sealed class CarrierHost : IAsyncDisposable
{
    private static readonly X509Certificate2 Certificate = CreateCertificate();

    private readonly WebApplication _app;
    private readonly Carrier _carrier;
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = static (_, certificate, _, _) => Certificate.Equals(certificate) },
    });

    private CarrierHost(WebApplication app, Carrier carrier)
    {
        _app = app;
        _carrier = carrier;
    }

    /// <summary>How many requests have ended, whatever became of their connections.</summary>
    public Recorder<string> EndedRequests { get; } = new();

    public static async Task<CarrierHost> StartAsync(Carrier carrier, Action<SocketIOServer> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        // A shutdown that waits for this has gone wrong.
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromMinutes(5));
        builder.Services.AddSocketIO();
        if (carrier == Carrier.InMemory)
        {
            builder.WebHost.UseTestServer();
        }
        else
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.WebHost.ConfigureKestrel(options => Listen(options, carrier));
        }

        var app = builder.Build();
        var host = new CarrierHost(app, carrier);
        app.Use(async (context, next) =>
        {
            await next(context);
            host.EndedRequests.Add(context.Request.Protocol);
        });
        app.MapSocketIO(map);
        await app.StartAsync();
        return host;
    }

    public async Task<WebSocket> ConnectAsync()
    {
        const string PathAndQuery = "/socket.io/?EIO=4&transport=websocket";
        if (_carrier == Carrier.InMemory)
        {
            return await _app.GetTestServer().CreateWebSocketClient().ConnectAsync(new Uri("ws://localhost" + PathAndQuery), default).Soon();
        }

        var address = new Uri(_app.Urls.Single());
        var client = new ClientWebSocket();
        client.Options.RemoteCertificateValidationCallback = static (_, certificate, _, _) => Certificate.Equals(certificate);
        if (_carrier is Carrier.Http2 or Carrier.TlsHttp2)
        {
            client.Options.HttpVersion = HttpVersion.Version20;
            client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            client.Options.RemoteCertificateValidationCallback = null;
        }

        var scheme = address.Scheme == Uri.UriSchemeHttps ? "wss" : "ws";
        var uri = new Uri($"{scheme}://{address.Authority}{PathAndQuery}");
        await client.ConnectAsync(uri, _carrier is Carrier.Http2 or Carrier.TlsHttp2 ? _http : null, default).Soon();
        return client;
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private static void Listen(KestrelServerOptions options, Carrier carrier)
    {
        if (carrier == Carrier.Stream)
        {
            options.ConfigureEndpointDefaults(static _ => { });
        }

        options.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.Protocols = carrier is Carrier.Http2 or Carrier.TlsHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
            if (carrier is Carrier.TlsStream or Carrier.TlsHandedOff or Carrier.TlsHttp2)
            {
                endpoint.UseHttps(Certificate);
            }

            if (carrier == Carrier.TlsHandedOff)
            {
                endpoint.UseSocketIO();
            }
        });
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        // Windows serves TLS only with a key that has been through a store.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}

/// <summary>Socket.IO by hand on any <see cref="WebSocket"/>.</summary>
internal static class WebSocketConversation
{
    public static async Task JoinAsync(this WebSocket socket)
    {
        Assert.StartsWith("0{", await socket.ReceiveTextAsync(), StringComparison.Ordinal);
        await socket.SendTextAsync("40");
        Assert.StartsWith("40{", await socket.ReceiveTextAsync(), StringComparison.Ordinal);
    }

    public static Task SendTextAsync(this WebSocket socket, string text) =>
        socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default).Soon();

    public static Task SendBinaryAsync(this WebSocket socket, byte[] data) =>
        socket.SendAsync(data, WebSocketMessageType.Binary, true, default).Soon();

    public static async Task<string> ReceiveTextAsync(this WebSocket socket)
    {
        var (type, data) = await socket.ReceiveAsync();
        Assert.Equal(WebSocketMessageType.Text, type);
        return System.Text.Encoding.UTF8.GetString(data);
    }

    public static async Task<byte[]> ReceiveBinaryAsync(this WebSocket socket)
    {
        var (type, data) = await socket.ReceiveAsync();
        Assert.Equal(WebSocketMessageType.Binary, type);
        return data;
    }

    /// <summary>Expects the server's close frame and answers it.</summary>
    public static async Task ExpectCloseAsync(this WebSocket socket)
    {
        var (type, _) = await socket.ReceiveAsync();
        Assert.Equal(WebSocketMessageType.Close, type);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default).Soon();
    }

    private static async Task<(WebSocketMessageType Type, byte[] Data)> ReceiveAsync(this WebSocket socket)
    {
        var data = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var result = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), default).Soon();
            data.Write(buffer, 0, result.Count);
            if (result.EndOfMessage)
            {
                return (result.MessageType, data.ToArray());
            }
        }
    }
}
