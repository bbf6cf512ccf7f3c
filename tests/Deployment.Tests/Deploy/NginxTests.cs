using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Deployment.Tests;

/// <summary>What the proxy does with requests, before gateways that are played here.</summary>
public sealed class NginxTests
{
    [Fact]
    public void Nginx_takes_its_configuration()
    {
        var result = new NginxProcess(1, 2).Test();

        Assert.True(result.ExitCode == 0, result.Error);
    }

    [Fact]
    public async Task Requests_go_to_one_gateway_after_the_other()
    {
        await using var first = new Gateway(answers: true);
        await using var second = new Gateway(answers: true);
        await using var nginx = new NginxProcess(first.Port, second.Port);
        await nginx.StartAsync();
        using var http = new HttpClient();

        for (var i = 0; i < 8; i++)
        {
            Assert.Equal("ok", await http.GetStringAsync($"http://127.0.0.1:{nginx.Port}/socket.io/?EIO=4&transport=polling&sid=a"));
        }

        // Each of nginx's workers has a turn of its own.
        Assert.Equal(8, first.Requests + second.Requests);
        Assert.InRange(first.Requests, 1, 7);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_request_whose_gateway_dies_is_not_sent_to_another(string method)
    {
        await using var first = new Gateway(answers: false);
        await using var second = new Gateway(answers: false);
        await using var nginx = new NginxProcess(first.Port, second.Port);
        await nginx.StartAsync();
        using var http = new HttpClient();

        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://127.0.0.1:{nginx.Port}/socket.io/?EIO=4&transport=polling&sid=a");
        request.Content = method == "POST" ? new StringContent("4hello") : null;
        using var response = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(1, first.Requests + second.Requests);
    }

    [Fact]
    public async Task A_WebSocket_is_passed_on()
    {
        await using var first = new Gateway(answers: true);
        await using var second = new Gateway(answers: true);
        await using var nginx = new NginxProcess(first.Port, second.Port);
        await nginx.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, nginx.Port);

        await client.GetStream().WriteAsync("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: chat.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"u8.ToArray());

        Assert.Contains("101 Switching Protocols", await ReadAsync(client.GetStream(), "\r\n\r\n"));
        await client.GetStream().WriteAsync("ping\n"u8.ToArray());
        Assert.Equal("ping\n", await ReadAsync(client.GetStream(), "\n"));
        Assert.Contains(first.Heads.Concat(second.Heads), static head => head.Contains("Upgrade: websocket\r\nConnection: upgrade\r\n", StringComparison.Ordinal) && head.Contains("Host: chat.example.com\r\n", StringComparison.Ordinal));
    }

    private static async Task<string> ReadAsync(Stream stream, string end)
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal) && await stream.ReadAsync(one, cancellation.Token) > 0)
        {
            text.Append((char)one[0]);
        }

        return text.ToString();
    }

    /// <summary>One that answers, or dies of each request.</summary>
    private sealed class Gateway : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly bool _answers;
        private readonly Task _run;
        private readonly List<string> _heads = [];

        public Gateway(bool answers)
        {
            _answers = answers;
            _listener.Start();
            _run = RunAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Requests => Heads.Count;

        public IReadOnlyList<string> Heads
        {
            get
            {
                lock (_heads)
                {
                    return [.. _heads];
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _run;
        }

        private async Task RunAsync()
        {
            var connections = new List<Task>();
            try
            {
                while (true)
                {
                    connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync()));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It has stopped.
            }
        }

        private async Task ServeAsync(TcpClient accepted)
        {
            using var client = accepted;
            var stream = client.GetStream();
            try
            {
                while (await ReadAsync(stream, "\r\n\r\n") is { Length: > 0 } head)
                {
                    lock (_heads)
                    {
                        _heads.Add(head);
                    }

                    if (!_answers)
                    {
                        return;
                    }

                    if (head.Contains("Upgrade: websocket", StringComparison.Ordinal))
                    {
                        await stream.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"u8.ToArray());
                        await stream.WriteAsync(Encoding.ASCII.GetBytes(await ReadAsync(stream, "\n")));
                    }
                    else
                    {
                        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // nginx has gone.
            }
        }
    }
}
