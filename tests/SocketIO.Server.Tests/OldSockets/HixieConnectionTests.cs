using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>The ends of an old connection: neither side may keep the other's for good.</summary>
[Trait("Feature", "K-29")]
public sealed class HixieConnectionTests
{
    [Fact]
    public async Task A_client_that_has_gone_before_the_web_server_begins_leaves_nothing()
    {
        var ended = new TaskCompletionSource();
        await using var node = await Node.StartAsync(
            static options => options.OldSockets = new(),
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(new ManualTimeProvider());
                builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
                {
                    endpoint.Use(next => async connection =>
                    {
                        var gone = new TaskCompletionSource();
                        await using var closed = connection.ConnectionClosed.Register(gone.SetResult);
                        await gone.Task;
                        await next(connection);
                        ended.SetResult();
                    });
                    endpoint.UseSocketIO();
                }));
            });
        using var client = await HixieClient.OpenAsync(node.Address);
        await client.SendAsync(HixieClient.Handshake(target: "/elsewhere"));
        client.Finish();
        await Patience.Within(ended.Task);
    }

    [Fact]
    public async Task A_client_that_does_not_take_the_last_of_what_was_sent_is_cut()
    {
        var time = new ManualTimeProvider();
        using var services = CreateServices(time);
        var connection = new Connection();
        await connection.SendAsync(HixieClient.Handshake());
        var running = services.GetRequiredService<OldSockets>().Before(static async served =>
        {
            served.Transport.Output.Write("HTTP/1.1 101 Switching Protocols\r\n\r\n"u8);
            served.Transport.Output.Write((ReadOnlySpan<byte>)[0x81, 0x01, (byte)'a']);
            await served.Transport.Output.FlushAsync();
        })(connection);
        await Patience.Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return running.IsCompleted;
        });
        Assert.True(connection.IsAborted);
    }

    [Fact]
    public async Task A_client_that_stays_is_ended_when_the_web_server_has_ended()
    {
        using var services = CreateServices(new ManualTimeProvider());
        var connection = new Connection(pauseWriterThreshold: 0);
        await connection.SendAsync(HixieClient.Handshake());
        await Patience.Within(services.GetRequiredService<OldSockets>().Before(static async served =>
        {
            served.Transport.Output.Write("HTTP/1.1 101 Switching Protocols\r\n\r\n"u8);
            await served.Transport.Output.FlushAsync();
        })(connection));
        Assert.False(connection.IsAborted);
    }

    [Fact]
    public async Task A_text_that_would_end_its_frame_ends_the_connection()
    {
        using var services = CreateServices(new ManualTimeProvider());
        var connection = new Connection(pauseWriterThreshold: 0);
        await connection.SendAsync(HixieClient.Handshake());
        await Patience.Within(services.GetRequiredService<OldSockets>().Before(static async served =>
        {
            served.Transport.Output.Write("HTTP/1.1 101 Switching Protocols\r\n\r\n"u8);
            served.Transport.Output.Write((ReadOnlySpan<byte>)[0x81, 0x03, (byte)'a', 0xFF, 0x00]);
            while (!(await served.Transport.Output.FlushAsync()).IsCompleted)
            {
                await Task.Yield();
            }
        })(connection));
        Assert.True(connection.IsAborted);
    }

    private static ServiceProvider CreateServices(TimeProvider time) =>
        new ServiceCollection().AddLogging().AddSingleton(time).AddSocketIO(static options => options.OldSockets = new()).Services.BuildServiceProvider();

    /// <summary>A connection whose client takes nothing.</summary>
    private sealed class Connection : DefaultConnectionContext
    {
        private readonly Pipe _toServer = new(new PipeOptions(useSynchronizationContext: false));
        private readonly Pipe _toClient;

        public Connection(long pauseWriterThreshold = 1)
        {
            _toClient = new Pipe(new PipeOptions(pauseWriterThreshold: pauseWriterThreshold, resumeWriterThreshold: pauseWriterThreshold, useSynchronizationContext: false));
            Transport = new DuplexPipe(_toServer.Reader, _toClient.Writer);
        }

        public bool IsAborted { get; private set; }

        public override void Abort(ConnectionAbortedException abortReason)
        {
            IsAborted = true;
            _toServer.Writer.Complete(abortReason);
            _toClient.Reader.Complete(abortReason);
        }

        public ValueTask<FlushResult> SendAsync(byte[] bytes) => _toServer.Writer.WriteAsync(bytes);
    }
}
