// After a restart all clients come back at once, and would wait for the first of them to load and compile what serves them.
// One connection is served before the port opens: it goes through Kestrel's HTTP, over pipes in memory, to a server of its own.
using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Serves one client of its own while the host starts: a handshake, an event with its answer, the end. The application's servers see nothing of it.</summary>
internal sealed partial class WarmUp(IServiceProvider services, ILogger<WarmUp> logger) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // A host may have servers without serving them.
        if (services.GetService<IServer>() is null)
        {
            return;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            await RunAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The host starts all the same, cold.
            Log.Failed(logger, e);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var socketIO = new SocketIOServer(new SocketIOOptions(), services, TimeProvider.System, NullLogger.Instance);
        using var engine = socketIO.Engine;
        socketIO.OnConnection(static socket => socket.On("echo", static (string value) => value));

        var (client, server) = CreatePipes();
        var kestrel = new KestrelServerOptions { ApplicationServices = services };
        kestrel.Listen(new IPEndPoint(IPAddress.Loopback, 0), static endpoint => endpoint.UseSocketIO());
        using var web = new KestrelServer(
            Options.Create(kestrel),
            new OneConnection(new DefaultConnectionContext(nameof(WarmUp), server, client)),
            NullLoggerFactory.Instance);
        await web.StartAsync(new Application(new EngineEndpoint(engine, services.GetRequiredService<ICorsService>())), cancellationToken).ConfigureAwait(false);
        try
        {
            await TalkAsync(client, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await client.Output.CompleteAsync().ConfigureAwait(false);
            await client.Input.CompleteAsync().ConfigureAwait(false);
            await web.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task TalkAsync(IDuplexPipe client, CancellationToken cancellationToken)
    {
        client.Output.Write(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"u8);
        client.Output.Write("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"u8);
        await ExpectAsync("maxPayload").ConfigureAwait(false);
        Send("40"u8);
        await ExpectAsync("40{").ConfigureAwait(false);
        Send("420[\"echo\",\"\"]"u8);
        await ExpectAsync("430[").ConfigureAwait(false);
        Send("1"u8);
        await client.Output.FlushAsync(cancellationToken).ConfigureAwait(false);

        void Send(ReadOnlySpan<byte> packet)
        {
            var frame = client.Output.GetSpan(WebSocketFrame.MaxHeaderLength + 4);
            client.Output.Advance(WebSocketFrame.WriteMaskedHeader(frame, WebSocketOpcode.Text, packet.Length, 0));
            client.Output.Write(packet);
        }

        async Task ExpectAsync(string text)
        {
            await client.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
            while (true)
            {
                var read = await client.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
                var found = Encoding.UTF8.GetString(read.Buffer).Contains(text, StringComparison.Ordinal);
                client.Input.AdvanceTo(found ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
                if (found)
                {
                    return;
                }

                if (read.IsCompleted)
                {
                    throw new InvalidOperationException($"The connection ended before '{text}' came.");
                }
            }
        }
    }

    private static (IDuplexPipe Client, IDuplexPipe Server) CreatePipes()
    {
        Pipe up = new(), down = new();
        return (new DuplexPipe(down.Reader, up.Writer), new DuplexPipe(up.Reader, down.Writer));
    }

    /// <summary>A transport on which one connection comes, and then no more.</summary>
    private sealed class OneConnection(ConnectionContext connection) : IConnectionListenerFactory, IConnectionListener
    {
        private ConnectionContext? _connection = connection;

        public EndPoint EndPoint { get; private set; } = new IPEndPoint(IPAddress.Loopback, 0);

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            EndPoint = endpoint;
            return new(this);
        }

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            new(Interlocked.Exchange(ref _connection, null));

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => default;

        public ValueTask DisposeAsync() => default;
    }

    private sealed class Application(EngineEndpoint endpoint) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => endpoint.HandleAsync(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Warning, "The warm-up failed: the first clients wait a little longer")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
