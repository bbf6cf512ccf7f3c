using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Client;
using SocketIO.Server;

namespace SocketIO.Gateway.Tests;

/// <summary>Connections that are old enough are closed, and not all at once.</summary>
public sealed class ConnectionAgeTests
{
    [Fact]
    public async Task A_connection_is_closed_between_its_age_and_a_tenth_more()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSocketIO();
        await using var app = builder.Build();
        app.MapSocketIO();
        await app.StartAsync();
        var io = app.Services.GetRequiredService<SocketIOServer>();
        var clients = new List<SocketIOClient>();
        for (var i = 0; i < 40; i++)
        {
            clients.Add(new SocketIOClient(app.Urls.Single()));
            await clients[i].ConnectAsync();
        }

        var (first, last) = (io.Engine.Connections.Min(static connection => connection.Request.Issued), io.Engine.Connections.Max(static connection => connection.Request.Issued));
        var age = new ConnectionAge(new GatewayOptions { MaxConnectionAge = TimeSpan.FromHours(1) }, io, TimeProvider.System);

        age.CloseOld(first.AddHours(1).AddTicks(-1));
        Assert.Equal(40, CountOpen());
        age.CloseOld(last.AddMinutes(63));
        Assert.InRange(CountOpen(), 1, 39);
        age.CloseOld(last.AddMinutes(66));
        Assert.Equal(0, CountOpen());
        foreach (var client in clients)
        {
            Assert.Equal("transport close", (await client.Completion.WaitAsync(TimeSpan.FromSeconds(60))).Reason);
            await client.DisposeAsync();
        }

        int CountOpen() => io.Engine.Connections.Count(static connection => connection.ReadyState == ReadyState.Open);
    }
}
