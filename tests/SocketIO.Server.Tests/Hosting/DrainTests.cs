using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>How a server lets its clients go when the host stops.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task Until_the_first_is_closed_new_clients_are_refused_the_server_is_not_ready_and_those_that_are_here_are_served()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time, static options => options.DrainDelay = TimeSpan.FromSeconds(5));
        var client = await node.ConnectAsync();
        using var http = node.CreateHttpClient();
        Assert.Equal("Healthy", await http.GetStringAsync("/ready"));

        var stopping = node.App.StopAsync();

        using var ready = await http.GetAsync("/ready");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), (ready.StatusCode, await ready.Content.ReadAsStringAsync()));
        using var refused = await http.GetAsync("/socket.io/?EIO=4&transport=polling");
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, """{"code":4,"message":"Server shutting down"}"""),
            (refused.StatusCode, await refused.Content.ReadAsStringAsync()));
        await Assert.ThrowsAnyAsync<Exception>(() => node.OpenAsync());
        Assert.Equal(3, (await client.EmitWithAckAsync("sum", 1, 2)).Args[0].GetInt32());
        await AdvanceUntilAsync(time, stopping);
        Assert.Equal("transport close", await client.Disconnected);
    }

    [Fact]
    public async Task Connections_are_closed_one_after_another_at_the_pace_that_is_set()
    {
        const int Clients = 5;
        var time = new ManualTimeProvider();
        var ends = new ConcurrentQueue<(string Reason, TimeSpan At)>();
        var start = time.GetTimestamp();
        await using var node = await StartAsync(time, static options => options.DrainRate = 2, io => io.OnConnection(socket =>
            socket.OnDisconnect(end => ends.Enqueue((end.Reason, time.GetElapsedTime(start))))));
        for (var i = 0; i < Clients; i++)
        {
            await node.ConnectAsync();
        }

        await AdvanceUntilAsync(time, node.App.StopAsync());

        Assert.Equal(Enumerable.Repeat(CloseReasons.ServerShuttingDown, Clients), ends.Select(static end => end.Reason));
        Assert.All(ends.Select(static (end, index) => (end.At, Index: index)), static end => Assert.True(end.At >= end.Index * TimeSpan.FromSeconds(0.5)));
    }

    [Fact]
    public async Task What_the_host_has_no_time_for_is_closed_at_once()
    {
        await using var node = await Node.StartAsync(static options => options.DrainRate = 1);
        var clients = new List<TestSocket>();
        for (var i = 0; i < 50; i++)
        {
            clients.Add(await node.ConnectAsync());
        }

        await Patience.Within(node.App.StopAsync(new CancellationToken(canceled: true)));

        Assert.All(await Task.WhenAll(clients.Select(static client => client.Disconnected)), static reason => Assert.Equal("transport close", reason));
    }

    private static Task<Node> StartAsync(ManualTimeProvider time, Action<SocketIOOptions> configure, Action<SocketIOServer>? map = null) => Node.StartAsync(
        configure,
        builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Services.AddHealthChecks().AddSocketIO();
        },
        app =>
        {
            app.MapHealthChecks("/ready");
            app.MapSocketIO(map ?? (static io => io.OnConnection(static socket => socket.On("sum", static (int a, int b) => a + b))));
        });

    private static async Task AdvanceUntilAsync(ManualTimeProvider time, Task end)
    {
        while (await Task.WhenAny(end, Task.Delay(5)) != end)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        await end;
    }
}
