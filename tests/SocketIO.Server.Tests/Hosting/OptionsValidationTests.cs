using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

public sealed class OptionsValidationTests
{
    public static TheoryData<string, string, Action<SocketIOOptions>> Bad() => new()
    {
        { "Path", "socket.io", static options => options.Path = "socket.io" },
        { "Path", "/", static options => options.Path = "/" },
        { "Path", "/{x}", static options => options.Path = "/{x}" },
        { "Path", "null", static options => options.Path = null! },
        { "PingInterval", "00:00:00", static options => options.PingInterval = TimeSpan.Zero },
        { "PingInterval", "1.00:00:01", static options => options.PingInterval = new TimeSpan(1, 0, 0, 1) },
        { "PingTimeout", "-00:00:01", static options => options.PingTimeout = TimeSpan.FromSeconds(-1) },
        { "UpgradeTimeout", "00:00:00", static options => options.UpgradeTimeout = TimeSpan.Zero },
        { "CloseTimeout", "00:00:00", static options => options.CloseTimeout = TimeSpan.Zero },
        { "ConnectTimeout", "00:00:00", static options => options.ConnectTimeout = TimeSpan.Zero },
        { "ShutdownTimeout", "-00:00:01", static options => options.ShutdownTimeout = TimeSpan.FromSeconds(-1) },
        { "DrainDelay", "-00:00:01", static options => options.DrainDelay = TimeSpan.FromSeconds(-1) },
        { "DrainRate", "0", static options => options.DrainRate = 0 },
        { "MaxHttpBufferSize", "0", static options => options.MaxHttpBufferSize = 0 },
        { "MaxOutboundBytes", "65535", static options => options.MaxOutboundBytes = 65535 },
        { "MaxConnections", "0", static options => options.MaxConnections = 0 },
        { "Transports", "None", static options => options.Transports = TransportTypes.None },
        { "Transports", "64", static options => options.Transports = (TransportTypes)64 },
        { "Generations", "None", static options => options.Generations = Generations.None },
        { "Generations", "64", static options => options.Generations = (Generations)64 },
        { "Generations", "Version06, Development07", static options => options.Generations = Generations.Development07 | Generations.Version06 },
        { "Generations", "Version02, Development07", static options => options.Generations = Generations.Development07 | Generations.Version02 },
        { "PerMessageDeflate.Threshold", "-1", static options => options.PerMessageDeflate = new PerMessageDeflateOptions { Threshold = -1 } },
        { "HttpCompression.Threshold", "-1", static options => options.HttpCompression = new HttpCompressionOptions { Threshold = -1 } },
        { "Parser", "null", static options => options.Parser = null! },
        { "SerializerOptions", "null", static options => options.SerializerOptions = null! },
        { "SerializerOptions.MaxDepth", "513", static options => options.SerializerOptions.MaxDepth = 513 },
        { "MaxAttachments", "-1", static options => options.MaxAttachments = -1 },
        { "MaxConcurrentEvents", "0", static options => options.MaxConcurrentEvents = 0 },
        { "MaxQueuedEventBytes", "0", static options => options.MaxQueuedEventBytes = 0 },
        { "MaxRoomsPerSocket", "0", static options => options.MaxRoomsPerSocket = 0 },
        { "MaxChildNamespaces", "-1", static options => options.MaxChildNamespaces = -1 },
        { "MaxNamespacesPerConnection", "0", static options => options.MaxNamespacesPerConnection = 0 },
        { "ClientFolder", "no/such/folder", static options => options.ClientFolder = "no/such/folder" },
        { "LegacyClientFolder", "no/such/folder", static options => options.LegacyClientFolder = "no/such/folder" },
        { "ConnectionStateRecovery.MaxDisconnectionDuration", "00:00:00", static options => options.ConnectionStateRecovery = new() { MaxDisconnectionDuration = TimeSpan.Zero } },
        { "ConnectionStateRecovery.MaxPackets", "0", static options => options.ConnectionStateRecovery = new() { MaxPackets = 0 } },
        { "ConnectionStateRecovery.MaxBytes", "0", static options => options.ConnectionStateRecovery = new() { MaxBytes = 0 } },
        { "ConnectionStateRecovery.MaxSessions", "0", static options => options.ConnectionStateRecovery = new() { MaxSessions = 0 } },
        { "OldSockets.Drafts", "None", static options => options.OldSockets = new() { Drafts = WebSocketDrafts.None } },
        { "OldSockets.Drafts", "8", static options => options.OldSockets = new() { Drafts = (WebSocketDrafts)8 } },
        { "OldSockets.HandshakeTimeout", "00:00:00", static options => options.OldSockets = new() { HandshakeTimeout = TimeSpan.Zero } },
        { "OldSockets.MaxHandshakeBytes", "1023", static options => options.OldSockets = new() { MaxHandshakeBytes = 1023 } },
        { "OldSockets.MaxHandshakeBytes", "32769", static options => options.OldSockets = new() { MaxHandshakeBytes = 32769 } },
        { "FlashPolicy.Origins", "", static options => options.FlashPolicy = new() },
        { "FlashPolicy.Origins", "null", static options => options.FlashPolicy = new() { Origins = null! } },
        { "FlashPolicy.Origins", "*:* example.com", static options => options.FlashPolicy = new() { Origins = ["*:*", "example.com"] } },
        { "FlashPolicy.Form", "3", static options => options.FlashPolicy = new() { Origins = ["*:*"], Form = (FlashPolicyForm)3 } },
        { "FlashPolicy.Port", "-1", static options => options.FlashPolicy = new() { Origins = ["*:*"], Port = -1 } },
        { "FlashPolicy.Port", "65536", static options => options.FlashPolicy = new() { Origins = ["*:*"], Port = 65536 } },
        { "FlashPolicy.Address", "here", static options => options.FlashPolicy = new() { Origins = ["*:*"], Address = "here" } },
        { "FlashPolicy.MaxConnections", "0", static options => options.FlashPolicy = new() { Origins = ["*:*"], MaxConnections = 0 } },
        { "FlashPolicy.Timeout", "00:00:00", static options => options.FlashPolicy = new() { Origins = ["*:*"], Timeout = TimeSpan.Zero } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_option_is_named_with_its_value_and_what_is_allowed(string key, string value, Action<SocketIOOptions> set)
    {
        var services = new ServiceCollection().AddLogging().AddSocketIO(set).Services.BuildServiceProvider();
        var error = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<SocketIOOptions>>().Value);
        var failure = Assert.Single(error.Failures);
        Assert.StartsWith($"SocketIOOptions.{key} is '{value}'; allowed: ", failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_bad_options_does_not_start()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => Node.StartAsync(
            static options => options.MaxRoomsPerSocket = -5,
            map: static _ => { }));
        Assert.Contains("SocketIOOptions.MaxRoomsPerSocket is '-5'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_whose_further_server_has_bad_options_does_not_start()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => Node.StartBareAsync(
            static builder =>
            {
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIO("second", static options => options.MaxAttachments = -1);
            },
            static app => app.MapSocketIO()));
        Assert.Contains("MaxAttachments", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_bad_engine_options_does_not_start()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => EngineHost.StartAsync(Carrier.TestServer, static options => options.PingTimeout = TimeSpan.Zero));
        Assert.Contains("EngineOptions.PingTimeout is '00:00:00'; allowed: 1 ms to 1 day", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mapping_a_server_that_was_not_added_says_what_to_do()
    {
        using var app = (IDisposable)WebApplication.CreateSlimBuilder().Build();
        var error = Assert.Throws<InvalidOperationException>(() => ((WebApplication)app).MapSocketIO());
        Assert.Contains("AddSocketIO()", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<InvalidOperationException>(() => ((WebApplication)app).MapSocketIO("second"));
        Assert.Contains("AddSocketIO(\"second\")", error.Message, StringComparison.Ordinal);
    }
}
