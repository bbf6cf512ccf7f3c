using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using SocketIO.Client;

namespace SocketIO.Gateway.Tests;

/// <summary>A gateway that is told nothing: one silo, whose state is in a folder.</summary>
public sealed class AloneTests
{
    [Fact]
    public async Task Every_member_that_has_joined_is_there_after_a_kill_in_the_middle_of_further_joins()
    {
        await using var gateway = new GatewayProcess();
        await gateway.StartAndWaitAsync();
        var joins = new DurableJoins();
        for (var round = 0; round < 2; round++)
        {
            await joins.JoinUntilKilledAsync([gateway], gateway.Kill);
            await gateway.StartAndWaitAsync();
            await joins.AssertAllAreMembersAsync(gateway);
        }
    }

    [Fact]
    public async Task It_serves_clients_says_how_it_is_and_lets_them_go_when_it_is_told_to_stop()
    {
        using var certificate = new CertificateFiles();
        var secure = $"https://127.0.0.1:{GatewayProcess.FindPort()}";
        await using var gateway = new GatewayProcess(
            "Namespaces:0=/chat", "Listen:1=" + secure, "Certificate:Path=" + certificate.Path, "Certificate:KeyPath=" + certificate.KeyPath, "Cors:Origins:0=https://app.example.com");
        await gateway.StartAndWaitAsync();
        Assert.Equal("Healthy", await gateway.Operations.GetStringAsync("healthz/live"));
        using (var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint }))
        {
            http.DefaultRequestHeaders.Add("Origin", "https://app.example.com");
            using var handshake = await http.GetAsync(secure + "/socket.io/?EIO=4&transport=polling");
            Assert.Equal("https://app.example.com", handshake.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.StartsWith("0{", await handshake.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await using var client = new SocketIOClient(gateway.Url + "/chat");
        var heard = new TaskCompletionSource<int>();
        client.On("news", (int number) => heard.TrySetResult(number));
        await client.ConnectAsync();

        using var emitted = await gateway.Publish.PostAsJsonAsync("emit", new { @namespace = "/chat", @event = "news", args = new[] { 42 } });
        Assert.Equal(HttpStatusCode.Accepted, emitted.StatusCode);
        Assert.Equal(42, await heard.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        var metrics = await gateway.Operations.GetStringAsync("metrics");
        Assert.Contains("socketio_relay_frames", metrics);
        Assert.Contains("socketio_server_active_connections{", metrics);

        // Nobody answers, and nobody waits for answers of a gateway that stops.
        var asked = new TaskCompletionSource();
        client.On("question", asked.SetResult);
        var unanswered = gateway.Publish.PostAsJsonAsync("emit", new { @namespace = "/chat", @event = "question", timeout = 60_000 });
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        gateway.Terminate();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await unanswered).StatusCode);
        Assert.Equal("transport close", (await client.Completion.WaitAsync(TimeSpan.FromSeconds(20))).Reason);
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Fact]
    public async Task What_can_not_work_stops_the_start_with_the_reason()
    {
        await AssertStopsAsync("SocketIO:SILO:FOLDR is no setting; SocketIO:SILO has Address, AdoNet, ClientPort", "Silo:Folder=state", "Silo:Foldr=state");
        await AssertStopsAsync("SocketIO:Server:PingTimeout is '00:00:00'; allowed: 1 ms to 1 day.", "Server:PingTimeout=00:00:00");
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var taken = $"http://127.0.0.1:{port}";
        await AssertStopsAsync(taken, $"Listen:0={taken}");
        await AssertStopsAsync($"SocketIO:Operations:Listen is '{taken}'; allowed: an address of this machine that is free.", $"Operations:Listen={taken}");
        await AssertStopsAsync("SocketIO:Silo:SiloPort or SocketIO:Silo:ClientPort is a port that another process has", $"Silo:SiloPort={port}");
        await AssertStopsAsync("names an address that this machine has not", "Listen:0=http://192.0.2.1:3000");
    }

    private static async Task AssertStopsAsync(string reason, params string[] settings)
    {
        await using var gateway = new GatewayProcess(settings);
        gateway.Start();
        Assert.Equal(1, await gateway.WaitForExitAsync());
        Assert.Contains(reason, gateway.Output, StringComparison.Ordinal);
    }
}
