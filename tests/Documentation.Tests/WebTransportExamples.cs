using System.IO.Pipelines;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using SocketIO.Server;

namespace Documentation.Tests;

[RequiresPreviewFeatures]
public sealed class WebTransportExamples
{
    [Fact]
    public async Task A_session_of_Kestrel_is_handed_in()
    {
        var builder = ExampleServer.CreateBuilder();

        // docs: webtransport
        builder.Services.AddSocketIO(options => options.Transports |= TransportTypes.WebTransport);
        // end

        var app = builder.Build();
        var kestrel = new OneStreamSession();
        app.Use((context, next) =>
        {
            context.Features.Set<IHttpWebTransportFeature>(kestrel);
            return next();
        });

        // docs: webtransport-kestrel
        app.Use(async (context, next) =>
        {
            if (context.Features.Get<IHttpWebTransportFeature>() is { IsWebTransportRequest: true } feature
                && context.Request.Path.StartsWithSegments("/socket.io"))
            {
                var io = context.RequestServices.GetRequiredService<SocketIOServer>();
                var session = await feature.AcceptAsync(context.RequestAborted);
                await io.Engine.OnWebTransportSessionAsync(
                    new KestrelWebTransportSession(session!, context.Connection.RemoteIpAddress?.ToString()));
                return;
            }

            await next();
        });
        app.MapSocketIO();
        // end

        await using var server = await ExampleServer.StartAsync(app);
        using var http = server.CreateHttpClient();
        var request = http.GetAsync("/socket.io/");
        // A frame of one byte: the packet that asks for a new session.
        await kestrel.ToServer.Writer.WriteAsync("\u00010"u8.ToArray());
        var answer = await kestrel.ToClient.Reader.ReadAtLeastAsync(4);
        Assert.Contains("0{\"sid\":", Encoding.UTF8.GetString(answer.Buffer.FirstSpan));
        Assert.Equal(TransportNames.WebTransport, server.IO.Engine.Connections.Single().Transport);
        await kestrel.ToServer.Writer.CompleteAsync();
        using var response = await request;
        Assert.Empty(server.IO.Engine.Connections);
    }

    /// <summary>What Kestrel shows of a session over HTTP/3, without HTTP/3.</summary>
    private sealed class OneStreamSession : IHttpWebTransportFeature, IWebTransportSession, IStreamDirectionFeature, IDuplexPipe
    {
        private readonly TaskCompletionSource<ConnectionContext?> _ended = new();
        private bool _taken;

        public Pipe ToServer { get; } = new();

        public Pipe ToClient { get; } = new();

        public PipeReader Input => ToServer.Reader;

        public PipeWriter Output => ToClient.Writer;

        public bool IsWebTransportRequest => true;

        public bool CanRead => true;

        public bool CanWrite => true;

        public long SessionId => 4;

        public void Abort(int errorCode) => _ended.TrySetResult(null);

        public ValueTask<IWebTransportSession> AcceptAsync(CancellationToken cancellationToken) => new(this);

        public ValueTask<ConnectionContext?> AcceptStreamAsync(CancellationToken cancellationToken)
        {
            if (_taken)
            {
                return new(_ended.Task.WaitAsync(cancellationToken));
            }

            _taken = true;
            var stream = new DefaultConnectionContext { Transport = this };
            stream.Features.Set<IStreamDirectionFeature>(this);
            return new(stream);
        }

        public ValueTask<ConnectionContext?> OpenUnidirectionalStreamAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
