using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>What an old client can cost, and what the others notice of it.</summary>
[Trait("Feature", "K-29")]
public sealed class OldSocketBoundsTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(3);

    private readonly ManualTimeProvider _time = new();
    private readonly ServerLog _log = new(LogLevel.Warning);
    private Node _node = null!;

    public async Task InitializeAsync()
    {
        _node = await Node.StartAsync(
            static options =>
            {
                options.OldSockets = new() { HandshakeTimeout = HandshakeTimeout, MaxHandshakeBytes = 1024 };
                options.MaxHttpBufferSize = 1000;
                options.MaxOutboundBytes = 64 * 1024;
            },
            builder =>
            {
                builder.Logging.AddProvider(_log);
                builder.Services.AddSingleton<TimeProvider>(_time);
            });
        _node.Io.OnConnection(static socket => socket.On("echo", static (string text) => text));
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        _log.AssertNoErrors();
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_message_above_the_bound_closes_its_connection_only()
    {
        using var other = await HixieClient.JoinAsync(_node.Address);
        foreach (var message in (byte[][])[HixieClient.Text("42" + new string('x', 999)), [0x00, .. new byte[5000]]])
        {
            using var client = await HixieClient.JoinAsync(_node.Address);
            await client.SendAsync(message);
            Assert.Equal("CLOSE", await client.ReadFrameAsync());
            await client.CloseAsync();
            client.Finish();
            await client.ReadToEndAsync();
        }

        await Patience.Until(() => _node.Io.Engine.ClientsCount == 1);
        await other.SendTextAsync("421[\"echo\",\"still here\"]");
        Assert.Equal("431[\"still here\"]", await other.ReadFrameAsync());
    }

    [Theory]
    [InlineData("80 05 00 00 00 00 00")]
    [InlineData("80 FF FF FF FF FF FF FF FF FF 7F")]
    [InlineData("FF 01")]
    [InlineData("47 45 54 20 2F 20 48 54 54 50")]
    [InlineData("00 C3 28 FF")]
    [InlineData("00 7B FF")]
    public async Task Frames_that_no_client_sends_close_the_connection(string hexadecimal)
    {
        using var client = await HixieClient.JoinAsync(_node.Address);
        await client.SendAsync(Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Equal("CLOSE", await client.ReadFrameAsync());
        client.Finish();
        await client.ReadToEndAsync();
        await Patience.Until(() => _node.Io.Engine.ClientsCount == 0);
    }

    [Fact]
    public async Task The_server_closes_hixie_75_by_ending_the_connection()
    {
        using var client = await HixieClient.JoinAsync(_node.Address, WebSocketDrafts.Hixie75);
        await _node.Io.DisconnectSocketsAsync(close: true);
        Assert.Equal("41", await client.ReadFrameAsync());
        Assert.Equal("END", await client.ReadFrameAsync());
        await Patience.Until(() => _node.Io.Engine.ClientsCount == 0);
    }

    [Fact]
    public async Task A_client_that_does_not_answer_the_close_is_cut()
    {
        using var client = await HixieClient.JoinAsync(_node.Address);
        await _node.Io.DisconnectSocketsAsync(close: true);
        Assert.Equal("41", await client.ReadFrameAsync());
        Assert.Equal("CLOSE", await client.ReadFrameAsync());
        var end = client.ReadFrameAsync();
        await Patience.Until(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return end.IsCompleted;
        });
        Assert.Equal("END", await end);
    }

    [Fact]
    public async Task The_eight_bytes_have_to_come_in_time()
    {
        using var client = await HixieClient.OpenAsync(_node.Address);
        await client.SendAsync(HixieClient.Handshake().AsMemory(..^1));
        await client.ReadHeadersAsync();
        await Patience.Until(() => _node.Io.Engine.ClientsCount == 1);
        var end = client.ReadToEndAsync();
        var patience = _node.Io.Options.PingInterval;
        await Patience.Until(() =>
        {
            // In steps, as the clock is not started at once; and not until something else ends the session.
            var step = patience > HandshakeTimeout ? HandshakeTimeout : TimeSpan.Zero;
            patience -= step;
            _time.Advance(step);
            return end.IsCompleted;
        });
        Assert.Equal("", await end);
        await Patience.Until(() => _node.Io.Engine.ClientsCount == 0);
    }

    [Fact]
    public async Task A_client_that_ends_before_the_eight_bytes_is_gone()
    {
        using var client = await HixieClient.OpenAsync(_node.Address);
        await client.SendAsync(HixieClient.Handshake().AsMemory(..^1));
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadersAsync(), StringComparison.Ordinal);
        client.Finish();
        Assert.Equal("END", await client.ReadFrameAsync());
        await Patience.Until(() => _node.Io.Engine.ClientsCount == 0);
    }

    [Fact]
    public async Task Hundreds_of_requests_that_never_end_keep_nobody_out()
    {
        var slow = new List<HixieClient>();
        try
        {
            for (var i = 0; i < 300; i++)
            {
                var client = await HixieClient.OpenAsync(_node.Address);
                slow.Add(client);
                var handshake = HixieClient.Handshake();
                await client.SendAsync(handshake.AsMemory(0, i % (handshake.Length - 9)));
            }

            await HealthyAsync();
            Assert.Equal(0, _node.Io.Engine.ClientsCount);
            _time.Advance(HandshakeTimeout);
            await HealthyAsync();
        }
        finally
        {
            slow.ForEach(static client => client.Dispose());
        }
    }

    [Theory]
    [InlineData("X-Padding: ", 1024)]
    [InlineData("Cookie: ", 8000)]
    public async Task A_request_larger_than_any_old_handshake_is_left_to_the_web_server(string header, int length)
    {
        var padding = Encoding.ASCII.GetBytes($"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n{header}{new string('x', length)}\r\n\r\n");
        foreach (var cut in (int[])[0, 100, 1023, 1024, 1025, padding.Length])
        {
            using var client = await HixieClient.OpenAsync(_node.Address);
            await client.SendAsync(padding.AsMemory(..cut));
            await client.SendAsync(padding.AsMemory(cut..));
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadHeadersAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_old_handshake_that_is_too_large_is_none()
    {
        using var client = await HixieClient.OpenAsync(_node.Address);
        var handshake = HixieClient.Handshake(headers: $"Cookie: {new string('x', 1024)}\r\n");
        await client.SendAsync(handshake);
        Assert.DoesNotContain("HTTP/1.1 101", await client.ReadHeadersAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_reads_nothing_is_cut_at_the_bound()
    {
        using var client = await HixieClient.JoinAsync(_node.Address);
        var text = new string('x', 10_000);
        await Patience.Until(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                _node.Io.Emit("much", text);
            }

            return _node.Io.Engine.ClientsCount == 0;
        });
        await HealthyAsync();
        // What the operating system has taken of it still comes, and then the end.
        var rest = client.ReadToEndAsync();
        await Patience.Until(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return rest.IsCompleted;
        });
    }

    [Fact]
    public async Task A_stopping_host_closes_old_clients_and_waits_for_nobody_who_has_said_nothing()
    {
        using var silent = await HixieClient.OpenAsync(_node.Address);
        using var slow = await HixieClient.OpenAsync(_node.Address);
        await slow.SendAsync("GET /socket"u8.ToArray());
        using var client = await HixieClient.JoinAsync(_node.Address);
        var stopping = _node.App.StopAsync();
        Assert.Equal("CLOSE", await client.ReadFrameAsync());
        await client.CloseAsync();
        Assert.Equal("END", await client.ReadFrameAsync());
        await Patience.Within(stopping);
        Assert.Equal("", await silent.ReadToEndAsync());
        await slow.ReadToEndAsync();
    }

    [Fact]
    public async Task Current_clients_keep_the_hand_off_beside_old_ones()
    {
        var handedOff = new List<bool>();
        _node.Io.Engine.Options.AllowRequest = context =>
        {
            handedOff.Add(ConnectionHandOff.Of(context) is not null);
            return ValueTask.FromResult<string?>(null);
        };
        await _node.ConnectAsync();
        using var hixie = await HixieClient.JoinAsync(_node.Address);
        using var hybi = await HybiTests.JoinAsync(_node.Address);
        Assert.Equal([true, true, true], handedOff);
    }

    [Fact]
    public async Task A_slow_start_over_TLS_is_left_to_the_web_server()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var time = new ManualTimeProvider();
        await using var node = await Node.StartAsync(
            static options => options.OldSockets = new(),
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(time);
                builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(certificate).UseSocketIO()));
            });
        using var client = await HixieClient.OpenAsync(node.Address);
        await client.SendAsync("GET /socket.io/?EIO=4&transport=pol"u8.ToArray());
        using var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator });
        await Patience.Within(http.GetStringAsync(new Uri(node.Address, "/socket.io/?EIO=4&transport=polling")));
        time.Advance(node.Io.Options.OldSockets!.HandshakeTimeout);
        await client.SendAsync("ling HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadHeadersAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void With_nothing_asked_for_the_pipeline_of_a_connection_is_as_it_was()
    {
        using var services = new ServiceCollection().AddLogging().AddSocketIO().Services.BuildServiceProvider();
        ConnectionDelegate next = static _ => Task.CompletedTask;
        Assert.Same(next, services.GetRequiredService<OldSockets>().Before(next));
    }

    private async Task HealthyAsync()
    {
        using var client = await HixieClient.JoinAsync(_node.Address);
        await client.SendTextAsync("421[\"echo\",\"healthy\"]");
        while (await client.ReadFrameAsync() is var frame && frame != "431[\"healthy\"]")
        {
            Assert.StartsWith("42", frame, StringComparison.Ordinal);
        }

        await client.CloseAsync();
        client.Finish();
        await client.ReadToEndAsync();
    }
}
