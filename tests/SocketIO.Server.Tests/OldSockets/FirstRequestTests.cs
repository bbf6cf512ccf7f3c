using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>What is no old handshake and no question of Flash's reaches the web server as if nobody had looked at it.</summary>
public sealed class FirstRequestTests : IDisposable
{
    private const string Handshake =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\u0081\u0080";

    private readonly ManualTimeProvider _time = new();
    private readonly ServiceProvider _services;
    private readonly Connection _connection = new();

    public FirstRequestTests()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(_time);
        services.AddSocketIO(static options =>
        {
            options.OldSockets = new();
            options.FlashPolicy = new() { Origins = ["*:*"] };
        });
        _services = services.BuildServiceProvider();
    }

    public static TheoryData<string> Requests =>
    [
        Handshake,
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0",
        "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003",
        "<policy-file-request>",
        "GET \0\u00ff\r\n\r\n",
        "\0",
    ];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_request_is_passed_on_untouched_however_it_arrives(string request)
    {
        var bytes = Encoding.Latin1.GetBytes(request);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var connection = new Connection();
            var served = RunAsync(connection);
            await connection.SendAsync(bytes[..cut]);
            await connection.SendAsync(bytes[cut..]);
            await connection.FinishAsync();
            Assert.Equal(bytes, await Patience.Within(served));
        }
    }

    [Fact]
    public async Task A_request_that_arrives_byte_by_byte_is_passed_on_untouched()
    {
        var bytes = Encoding.Latin1.GetBytes(Handshake);
        var served = RunAsync(_connection);
        foreach (var next in bytes)
        {
            await _connection.SendAsync([next]);
        }

        await _connection.FinishAsync();
        Assert.Equal(bytes, await Patience.Within(served));
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET / HT")]
    [InlineData("<pol")]
    public async Task Whoever_is_slow_is_passed_on_when_the_time_is_over(string begin)
    {
        var served = RunAsync(_connection);
        await _connection.SendAsync(Encoding.ASCII.GetBytes(begin));
        _time.Advance(new OldSocketOptions().HandshakeTimeout - TimeSpan.FromMilliseconds(1));
        Assert.False(_connection.IsServed.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Patience.Within(_connection.IsServed);
        await _connection.SendAsync("rest"u8.ToArray());
        await _connection.FinishAsync();
        Assert.Equal(begin + "rest", Encoding.ASCII.GetString(await Patience.Within(served)));
    }

    [Fact]
    public async Task Whoever_is_slow_is_passed_on_when_the_host_stops()
    {
        var served = RunAsync(_connection);
        await _connection.SendAsync("GET /"u8.ToArray());
        await _connection.StopAsync();
        await Patience.Within(_connection.IsServed);
        await _connection.FinishAsync();
        Assert.Equal("GET /", Encoding.ASCII.GetString(await Patience.Within(served)));
    }

    [Fact]
    public async Task Whoever_goes_on_without_an_end_is_passed_on_at_the_bound()
    {
        var bytes = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nCookie: " + new string('x', 100_000));
        var served = RunAsync(_connection);
        await _connection.SendAsync(bytes[..(new OldSocketOptions().MaxHandshakeBytes - 1)]);
        Assert.False(_connection.IsServed.IsCompleted);
        await _connection.SendAsync(bytes[(new OldSocketOptions().MaxHandshakeBytes - 1)..]);
        await Patience.Within(_connection.IsServed);
        await _connection.FinishAsync();
        Assert.Equal(bytes, await Patience.Within(served));
    }

    [Fact]
    public async Task Whoever_is_gone_at_once_is_passed_on()
    {
        await _connection.FinishAsync(new ConnectionResetException("gone"));
        await Assert.ThrowsAsync<ConnectionResetException>(() => RunAsync(_connection));
        Assert.True(_connection.IsServed.IsCompletedSuccessfully);
    }

    public void Dispose() => _services.Dispose();

    // What the web server reads.
    private async Task<byte[]> RunAsync(Connection connection)
    {
        var transport = connection.Transport;
        var received = new ArrayBufferWriter<byte>();
        await _services.GetRequiredService<OldSockets>().Before(async served =>
        {
            Assert.Same(connection, served);
            Assert.Same(transport, served.Transport);
            connection.OnServed();
            while (true)
            {
                var result = await served.Transport.Input.ReadAsync();
                foreach (var segment in result.Buffer)
                {
                    received.Write(segment.Span);
                }

                served.Transport.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        })(connection);
        return received.WrittenSpan.ToArray();
    }

    private sealed class Connection : DefaultConnectionContext, IConnectionLifetimeNotificationFeature
    {
        private readonly Pipe _toServer = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false));
        private readonly TaskCompletionSource _served = new();
        private readonly CancellationTokenSource _stopping = new();

        public Connection()
        {
            Transport = new DuplexPipe(_toServer.Reader, new Pipe().Writer);
            Features.Set<IConnectionLifetimeNotificationFeature>(this);
            ConnectionClosedRequested = _stopping.Token;
        }

        public CancellationToken ConnectionClosedRequested { get; set; }

        public Task IsServed => _served.Task;

        public void OnServed() => _served.TrySetResult();

        public ValueTask<FlushResult> SendAsync(byte[] bytes) => _toServer.Writer.WriteAsync(bytes);

        public ValueTask FinishAsync(Exception? fault = null) => _toServer.Writer.CompleteAsync(fault);

        public Task StopAsync() => _stopping.CancelAsync();

        public void RequestClose() => _stopping.Cancel();
    }
}
