using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SocketIO.Server.Tests;

public sealed class WarmUpTests
{
    [Fact]
    public async Task The_application_sees_nothing_of_the_warm_up()
    {
        var log = new ServerLog(LogLevel.Warning);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSocketIO();
        await using var app = builder.Build();
        var seen = 0;
        app.MapSocketIO(io =>
        {
            io.Engine.Connection += _ => seen++;
            io.OnConnection(_ => seen++);
        });
        await app.StartAsync();

        Assert.Equal(0, seen);
        log.AssertNoErrors();
        await app.StopAsync();
    }

    [Fact]
    public async Task A_host_without_a_web_server_starts()
    {
        var log = new ServerLog(LogLevel.Warning);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(log);
        builder.Services.AddSocketIO();
        using var host = builder.Build();
        await host.StartAsync();

        log.AssertNoErrors();
        await host.StopAsync();
    }
}
