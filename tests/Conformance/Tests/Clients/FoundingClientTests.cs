using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>The real clients of the founding years in a browser: what their documentation promised to a page.</summary>
public class FoundingClientTests
{
    [ClientTheory("founders.mjs", inBrowser: true)]
    [Trait("Feature", "E-06")]
    [Trait("Feature", "E-07")]
    [InlineData("websocket")]
    [InlineData("xhr-polling")]
    public async Task Client_0_2_has_its_properties_methods_and_events(string transport)
    {
        var ends = 0;
        await using var host = await StartAsync(socket =>
        {
            socket.Send("welcome");
            socket.On("message", (string text) => socket.Send(text));
            socket.OnDisconnect(_ => Interlocked.Increment(ref ends));
        });

        var (exitCode, output) = await ClientPrograms.RunAsync("founders.mjs", host.Url, transport);

        Assert.True(exitCode == 0, output);
        await Patience.UntilAsync(() => ends == 1);
    }

    [ClientTheory("six-transports.mjs", inBrowser: true)]
    [Trait("Feature", "G-01")]
    [InlineData(6)]
    public async Task Client_0_6_works_on_all_its_transports(int transports)
    {
        var ends = 0;
        await using var host = await StartAsync(socket =>
        {
            socket.On("message", (JsonElement message) => socket.Send(message));
            socket.OnDisconnect(_ => Interlocked.Increment(ref ends));
        });

        var (exitCode, output) = await ClientPrograms.RunAsync("six-transports.mjs", host.Url, transport: null);

        Assert.True(exitCode == 0, output);
        Assert.Equal(transports, output.Split('\n').Count(static line => line.StartsWith("ok - client 0.6", StringComparison.Ordinal)));
        await Patience.UntilAsync(() => ends == transports);
    }

    private static Task<TestServerHost> StartAsync(Action<Socket> onConnection) => TestServerHost.StartAsync(
        static services => services.AddSocketIO(static options => options.Generations = Generations.All),
        app =>
        {
            app.MapGet("/page", static () => Results.Content("<!DOCTYPE html><title>Client</title><body></body>", "text/html; charset=utf-8"));
            app.MapSocketIO(io => io.OnConnection(onConnection));
        });
}
