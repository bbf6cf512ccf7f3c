using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using SocketIO.Protocol;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class OldSocketExamples
{
    // The example of the draft.
    private const string Handshake =
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: example.com\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://example.com\r\n"
        + "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n^n:ds[4U";

    private const string Answer =
        "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Origin: http://example.com\r\n"
        + "Sec-WebSocket-Location: ws://example.com/socket.io/?EIO=4&transport=websocket\r\n\r\n8jKS'y:G*Co,Wxa-";

    [Fact]
    public async Task A_browser_of_2010_opens_its_WebSocket()
    {
        var builder = ExampleServer.CreateBuilder();

        // docs: old-sockets
        builder.Services.AddSocketIO(options => options.OldSockets = new OldSocketOptions());
        // end

        var app = builder.Build();
        app.MapSocketIO();
        await using var server = await ExampleServer.StartAsync(app);
        Assert.Equal(Answer, await AskAsync(server, Handshake, Answer.Length));
        await using var current = await server.ConnectAsync();
    }

    [Fact]
    public async Task Endpoints_with_TLS_have_it_behind_TLS()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO(options => options.OldSockets = new OldSocketOptions());

        // docs: old-sockets-tls
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.UseHttps(certificate);
            endpoint.UseSocketIO();
        }));
        // end

        var app = builder.Build();
        app.MapSocketIO();
        await using var server = await ExampleServer.StartAsync(app);
        var secureAnswer = Answer.Replace("ws://", "wss://", StringComparison.Ordinal);
        Assert.Equal(secureAnswer, await AskAsync(server, Handshake, secureAnswer.Length));
    }

    [Fact]
    public async Task Flash_asks_for_the_policy_first()
    {
        var builder = ExampleServer.CreateBuilder();

        // docs: old-sockets-flash
        builder.Services.AddSocketIO(options =>
        {
            options.OldSockets = new OldSocketOptions { Drafts = WebSocketDrafts.Hixie76 | WebSocketDrafts.Hybi };
            options.FlashPolicy = new FlashPolicyOptions
            {
                Origins = ["www.example.com:80,443"],
                Port = 10843,
            };
        });
        // end

        var app = builder.Build();
        app.MapSocketIO();
        var policy = app.Services.GetRequiredService<SocketIOServer>().Options.FlashPolicy!;
        (policy.Port, policy.Address) = (0, "127.0.0.1");
        await using var server = await ExampleServer.StartAsync(app);
        Assert.Contains("<allow-access-from domain=\"www.example.com\" to-ports=\"80,443\"/>", await AskAsync(server, "<policy-file-request/>\0", 1000));
        Assert.Equal(Answer, await AskAsync(server, Handshake, Answer.Length));
    }

    private static async Task<string> AskAsync(ExampleServer server, string question, int length)
    {
        var address = new Uri(server.Url);
        using var client = new TcpClient(address.Host, address.Port);
        Stream stream = client.GetStream();
        if (address.Scheme == Uri.UriSchemeHttps)
        {
            var tls = new System.Net.Security.SslStream(stream, false, static (_, certificate, _, _) => certificate?.Subject == "CN=localhost");
            await tls.AuthenticateAsClientAsync("localhost");
            stream = tls;
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(question));
        var answer = new byte[length];
        return Encoding.ASCII.GetString(answer, 0, await stream.ReadAtLeastAsync(answer, length, throwOnEndOfStream: false));
    }
}
