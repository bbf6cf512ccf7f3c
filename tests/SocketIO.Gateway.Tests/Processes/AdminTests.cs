namespace SocketIO.Gateway.Tests;

/// <summary>The official Admin UI before real gateways.</summary>
public sealed class AdminTests
{
    private const string Program = "admin.browser.mjs";
    private const string Username = "admin";
    private const string Password = "changeit";

    private static readonly string Hash = BCrypt.Net.BCrypt.HashPassword(Password, 6);

    [RedisClientFact(Program)]
    public async Task The_Admin_UI_shows_and_moves_the_sockets_of_two_gateways()
    {
        var port = GatewayProcess.FindPort();
        using var redis = new RedisProcess();
        redis.Start();
        string[] shared = ["Silo:Clustering=Redis", $"Silo:Redis={redis.Address}", .. Settings(port)];
        await using var one = new GatewayProcess([.. shared, "Admin:ServerId=gateway-1"]);
        await using var two = new GatewayProcess([.. shared, "Admin:ServerId=gateway-2"]);
        await one.StartAndWaitAsync();
        await two.StartAndWaitAsync();

        var arguments = Arguments(one, port).Append("--other").Append(two.Url);
        if (Environment.GetEnvironmentVariable("SOCKETIO_SCREENSHOT") is { Length: > 0 } screenshot)
        {
            arguments = arguments.Append("--screenshot").Append(screenshot);
        }

        await RunAsync(arguments);
        Assert.DoesNotContain(Hash, one.Output + two.Output);
    }

    [ClientFact(Program, inBrowser: true)]
    public async Task The_Admin_UI_has_no_commands_where_the_gateway_is_read_only()
    {
        var port = GatewayProcess.FindPort();
        await using var gateway = new GatewayProcess([.. Settings(port), "Admin:ReadOnly=true"]);
        await gateway.StartAndWaitAsync();

        await RunAsync([.. Arguments(gateway, port), "--read-only"]);
    }

    private static async Task RunAsync(IEnumerable<string> arguments)
    {
        var (exitCode, output) = await ClientPrograms.RunAsync(Program, arguments);
        Assert.True(exitCode == 0, output);
    }

    private static string[] Settings(int pagePort) =>
    [
        $"Admin:Username={Username}",
        $"Admin:PasswordHash={Hash}",
        "Admin:Mode=Development",
        $"Cors:Origins:0=http://127.0.0.1:{pagePort}",
        "Cors:Credentials=true",
    ];

    private static IEnumerable<string> Arguments(GatewayProcess gateway, int pagePort) =>
        ["--url", gateway.Url, "--username", Username, "--password", Password, "--page-port", $"{pagePort}"];
}
