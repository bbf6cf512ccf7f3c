using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>What clients and sockets see of the host's end.</summary>
public class LifecycleTests
{
    [Theory]
    [MemberData(nameof(CarrierTests.Carriers), MemberType = typeof(CarrierTests))]
    public async Task Stopping_the_host_ends_sockets_closes_clients_and_does_not_hang(Carrier carrier)
    {
        var ends = new Recorder<string>();
        await using var host = await CarrierHost.StartAsync(carrier, io => io.OnConnection(socket => socket.OnDisconnect(end => ends.Add(end.Reason))));
        var clients = new List<WebSocket>();
        for (var i = 0; i < 3; i++)
        {
            clients.Add(await host.ConnectAsync());
            await clients[i].JoinAsync();
        }

        var stopping = host.StopAsync();

        foreach (var client in clients)
        {
            await client.ExpectCloseAsync();
            Assert.Equal(CloseReasons.ServerShuttingDown, await ends.NextAsync());
            client.Dispose();
        }

        await stopping.Soon();
    }

    [Theory]
    [InlineData(Carrier.HandedOff)]
    [InlineData(Carrier.Stream)]
    [InlineData(Carrier.TlsStream)]
    [InlineData(Carrier.TlsHandedOff)]
    [InlineData(Carrier.InMemory)]
    public async Task Clients_that_do_not_answer_the_close_frame_cannot_hold_up_the_host(Carrier carrier)
    {
        await using var host = await CarrierHost.StartAsync(carrier, static _ => { });
        using var client = await host.ConnectAsync();
        await client.JoinAsync();

        await host.StopAsync().Soon();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Polling_clients_are_told_as_far_as_they_poll(bool polls)
    {
        var ends = new Recorder<string>();
        await using var host = await StartAsync(ends);
        var session = await PollingSession.JoinAsync(host);
        var waiting = polls ? session.PollAsync() : null;

        var stopping = host.StopAsync();

        Assert.Equal(CloseReasons.ServerShuttingDown, await ends.NextAsync());
        if (waiting is not null)
        {
            Assert.Equal("1", await waiting);
        }

        await stopping.Soon();
    }

    [Fact]
    public async Task A_probe_cannot_hold_up_the_host()
    {
        await using var host = await StartAsync(new Recorder<string>());
        var session = await PollingSession.JoinAsync(host);
        await using var probe = await RawWebSocket.ConnectAsync(host.Url, session.WebSocketUrl);
        await probe.SendAsync("2probe");
        Assert.Equal("3probe", await probe.ReceiveTextAsync());

        await host.StopAsync().Soon();
    }

    [Fact]
    public async Task A_server_that_was_closed_takes_no_more_clients_and_may_be_closed_again()
    {
        await using var host = await StartAsync(new Recorder<string>());

        await host.IO.CloseAsync();
        await host.IO.CloseAsync();

        using var response = await host.Http.GetAsync("/socket.io/?EIO=4&transport=polling");
        Assert.False(response.IsSuccessStatusCode);
    }

    private static Task<TestServerHost> StartAsync(Recorder<string> ends) => TestServerHost.StartAsync(
        static services =>
        {
            services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromMinutes(5));
            services.AddSocketIO();
        },
        app => app.MapSocketIO(io => io.OnConnection(socket => socket.OnDisconnect(end => ends.Add(end.Reason)))));
}
