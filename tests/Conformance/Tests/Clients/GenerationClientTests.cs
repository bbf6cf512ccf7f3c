using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>Real clients of every generation against one endpoint: what each can do is written in <c>scenario.js</c>.</summary>
public class GenerationClientTests
{
    private const string Program = "generations.mjs";

    private static readonly string[] Checks =
    [
        "connects", "message", "many messages in order", "object", "event", "ack of the server", "ack of the client", "namespace", "refused namespace", "binary",
        "disconnect by the client", "disconnect by the server", "reconnect without loss",
    ];

    [ClientTheory(Program)]
    [InlineData("4.8")]
    [InlineData("3.1")]
    [InlineData("2.5")]
    [InlineData("2.0")]
    [InlineData("1.7")]
    [InlineData("1.0")]
    [InlineData("0.9")]
    [InlineData("0.8")]
    [InlineData("0.7")]
    public Task A_client_of_any_generation_works_in_Node_on_every_transport_it_has(string version) => RunAsync(version, "node");

    [ClientTheory(Program, inBrowser: true)]
    [InlineData("4.8")]
    [InlineData("3.1")]
    [InlineData("2.5")]
    [InlineData("2.0")]
    [InlineData("1.7")]
    [InlineData("1.0")]
    [InlineData("0.9")]
    [InlineData("0.8")]
    [InlineData("0.7")]
    [InlineData("0.6")]
    [InlineData("0.5")]
    [InlineData("0.2")]
    public Task A_client_of_any_generation_works_in_Chromium_on_every_transport_it_has(string version) => RunAsync(version, "chromium");

    [ClientFact(Program, inBrowser: true)]
    public async Task Clients_of_all_generations_hear_in_one_room_every_message_once_and_in_one_order()
    {
        await using var host = await StartAsync();

        var (exitCode, output) = await ClientPrograms.RunAsync(Program, ["--url", Url(host), "--room"]);

        Assert.True(exitCode == 0, output);
        var heard = Read(output).ToDictionary(
            static line => line.GetProperty("member").GetString()!,
            static line => line.GetProperty("heard").EnumerateArray().Select(static text => text.GetString()!).ToArray());
        Assert.Equal(12, heard.Keys.Select(static member => member.Split(' ')[0]).Distinct().Count());
        var order = heard.Values.First();
        Assert.Equal(heard.Keys.Append("the end").Order(StringComparer.Ordinal), order.Order(StringComparer.Ordinal));
        Assert.All(heard.Values, texts => Assert.Equal(order, texts));
    }

    private static async Task RunAsync(string version, string runtime)
    {
        await using var host = await StartAsync();

        var (exitCode, output) = await ClientPrograms.RunAsync(Program, ["--url", Url(host), "--client", version, "--runtime", runtime]);

        Assert.True(exitCode == 0, output);
        var transports = Read(output).GroupBy(static line => line.GetProperty("transport").GetString()).ToList();
        Assert.NotEmpty(transports);
        foreach (var transport in transports)
        {
            Assert.True(transport.All(static line => line.GetProperty("ok").GetBoolean()), string.Join('\n', transport));
            Assert.Equal(Checks, transport.Select(static line => line.GetProperty("check").GetString()));
        }
    }

    private static Task<TestServerHost> StartAsync() =>
        TestServerHost.StartAsync(
            static services => services.AddSocketIO(static options =>
            {
                options.Generations = Generations.All;
                options.OldSockets = new OldSocketOptions();
                // Who polls leaves without a word up to 0.6, by scripts not before its poll has ended.
                options.Version06.PollDuration = TimeSpan.FromSeconds(1);
                options.Version06.ReconnectTimeout = TimeSpan.FromSeconds(5);
                // A busy machine is no loss.
                options.Version06.HeartbeatTimeout = TimeSpan.FromMinutes(1);
            }),
            new GenerationApplication().Map);

    private static string Url(TestServerHost host) => host.Url.GetLeftPart(UriPartial.Authority);

    private static IEnumerable<JsonElement> Read(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line));
}
