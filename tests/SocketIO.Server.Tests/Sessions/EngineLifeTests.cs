using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace SocketIO.Server.Tests;

/// <summary>The beginning and the end of sessions, where other things come between.</summary>
public sealed class EngineLifeTests
{
    [Fact]
    public async Task A_handshake_that_the_servers_end_overtakes_leaves_no_session()
    {
        EngineHost? host = null;
        await using var running = host = await EngineHost.StartAsync(Carrier.HandOff, options => options.GenerateId = _ =>
        {
            host!.Engine.Close();
            return new ValueTask<string>("late");
        });

        using var response = await Patience.Within(host.CreateHttpClient().GetAsync("/engine.io/?EIO=4&transport=polling"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(0, host.Engine.ClientsCount);
    }

    [Fact]
    public async Task Handshakes_at_the_same_time_do_not_pass_the_bound_together()
    {
        var arrived = 0;
        var together = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await EngineHost.StartAsync(Carrier.HandOff, options =>
        {
            options.MaxConnections = 2;
            options.GenerateId = async _ =>
            {
                var number = Interlocked.Increment(ref arrived);
                if (number == 4)
                {
                    together.SetResult();
                }

                await together.Task;
                return "id" + number;
            };
        });
        using var http = host.CreateHttpClient();

        await Patience.Within(Task.WhenAll(Enumerable.Range(0, 4).Select(_ => http.GetAsync("/engine.io/?EIO=4&transport=polling"))));

        Assert.InRange(host.Engine.ClientsCount, 0, 2);
    }

    [Fact]
    public async Task A_connection_that_breaks_while_it_opens_is_announced_and_then_closed()
    {
        await using var host = await EngineHost.StartAsync(Carrier.HandOff);
        List<string> told = [];
        host.Engine.Connection += connection =>
        {
            told.Add("connection");
            connection.Closed += (reason, _) => told.Add(reason);
        };
        var toClient = new Pipe();
        // The client has gone: the first flush fails.
        await toClient.Reader.CompleteAsync();
        var session = await host.Engine.CreateAsync(new DefaultHttpContext(), Dialect.Current);

        host.Engine.Start(session, new WebSocketTransport(session, new BrokenCarrier(new Pipe().Reader, toClient.Writer), session.Codec, deflate: false));

        Assert.Equal(["connection", CloseReasons.TransportClose], told);
        Assert.Equal(0, host.Engine.ClientsCount);
    }

    [Fact]
    public async Task Handlers_of_a_client_that_timed_out_keep_no_other_client_waiting()
    {
        await using var host = await EngineHost.StartAsync(Carrier.HandOff);
        using var both = new CountdownEvent(2);
        var met = new List<Task<bool>>();
        host.Engine.Connection += connection =>
        {
            var seen = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            met.Add(seen.Task);
            connection.Closed += (_, _) =>
            {
                both.Signal();
                seen.SetResult(both.Wait(TimeSpan.FromSeconds(20)));
            };
        };
        await using var first = await WebSocketClient.OpenAsync(host);
        await using var second = await WebSocketClient.OpenAsync(host);

        // The ping, and the time for its answer.
        await Task.Run(() =>
        {
            host.Time.Advance(TimeSpan.FromSeconds(26));
            host.Time.Advance(TimeSpan.FromSeconds(21));
        });

        Assert.All(await Task.WhenAll(met).WaitAsync(TimeSpan.FromSeconds(45)), Assert.True);
    }

    [Fact]
    public async Task A_session_on_a_WebSocket_is_not_upgraded_to_another()
    {
        await using var host = await EngineHost.StartAsync(Carrier.HandOff);
        await using var client = await WebSocketClient.OpenAsync(host);
        client.StartReading();
        using var second = await host.ConnectWebSocketAsync("&sid=" + client.Id);

        await Patience.Within(second.SendAsync("2probe"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None));
        var answer = await Patience.Within(second.ReceiveAsync(new byte[16], CancellationToken.None));

        Assert.Equal(WebSocketMessageType.Close, answer.MessageType);
        Assert.Single(host.Engine.Connections).Send("still here");
        Assert.Equal("still here", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_carrier_that_fails_in_a_way_of_its_own_ends_the_connection()
    {
        await using var host = await EngineHost.StartAsync(Carrier.HandOff);
        var session = await host.Engine.CreateAsync(new DefaultHttpContext(), Dialect.Current);
        var toServer = new Pipe();
        var transport = new WebSocketTransport(session, new BrokenCarrier(toServer.Reader, new FailingWriter()), session.Codec, deflate: false);

        host.Engine.Start(session, transport);

        await Patience.Within(transport.RunAsync());
        Assert.Equal(0, host.Engine.ClientsCount);
    }

    private sealed class FailingWriter : PipeWriter
    {
        public override void Advance(int bytes)
        {
        }

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException("a stream's own");

        public override Memory<byte> GetMemory(int sizeHint = 0) => new byte[Math.Max(sizeHint, 4096)];

        public override Span<byte> GetSpan(int sizeHint = 0) => new byte[Math.Max(sizeHint, 4096)];
    }

    private sealed class BrokenCarrier(PipeReader input, PipeWriter output) : WebSocketCarrier(new DuplexPipe(input, output))
    {
        public override void Abort() => Pipe.Input.CancelPendingRead();
    }
}
