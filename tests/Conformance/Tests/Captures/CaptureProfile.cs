using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Cors.Infrastructure;
using SocketIO.Protocol;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>How the server of a recording was set up, and the application on it.</summary>
/// <param name="Captures">A regular expression of the captures' names.</param>
/// <param name="Configure">Sets the options as the recorded server had them.</param>
/// <param name="Map">Adds the application.</param>
internal sealed record CaptureProfile(string Captures, Action<SocketIOOptions> Configure, Action<SocketIOServer> Map)
{
    private static readonly TimeSpan PollDuration = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMilliseconds(1200);
    private static readonly CorsPolicy AnyOrigin = new CorsPolicyBuilder().SetIsOriginAllowed(static _ => true).AllowCredentials().Build();

    private static readonly CaptureProfile[] All =
    [
        new("^[CX]-", ConfigureEngineIO3, RecordedApplications.MapEngineIO3),
        new("^B-", ConfigureVersion09, RecordedApplications.MapVersion09),
        new("^A-", static options => ConfigureVersion06(options, Generations.Version06), RecordedApplications.MapVersion06),
        new("^D-", static options => ConfigureVersion06(options, Generations.Development07), RecordedApplications.MapVersion06),
        new("^0-", static options => ConfigureVersion06(options, Generations.Version02), RecordedApplications.MapVersion02),
        new("^poly-", ConfigureDualGreeting, RecordedApplications.MapDualGreeting),
    ];

    public static CaptureProfile Find(string capture) => Array.Find(All, profile => Regex.IsMatch(capture, profile.Captures))!;

    private static void ConfigureEngineIO3(SocketIOOptions options)
    {
        ConfigureFor(options, Generations.EngineIO3);
        options.PingInterval = TimeSpan.FromMilliseconds(1500);
        options.PingTimeout = TimeSpan.FromMilliseconds(2500);
    }

    private static void ConfigureVersion09(SocketIOOptions options)
    {
        ConfigureFor(options, Generations.Version09);
        options.Version09.PollDuration = PollDuration;
        options.Version09.HeartbeatInterval = HeartbeatInterval;
        options.Version09.HeartbeatTimeout = TimeSpan.FromSeconds(4);
        options.Version09.CloseTimeout = TimeSpan.FromSeconds(6);
        options.AddTrailingSlash = false;
        options.FlashPolicy!.Form = FlashPolicyForm.Compact;
        options.AllowRequest = static context => context.Request.Query["deny"].ToString() switch
        {
            "" => new(default(string)),
            "err" => throw new InvalidOperationException("The recorded authorization fails."),
            _ => new("handshake unauthorized"),
        };
    }

    private static void ConfigureVersion06(SocketIOOptions options, Generations generations)
    {
        ConfigureFor(options, generations);
        options.Version06.PollDuration = PollDuration;
        options.Version06.HeartbeatInterval = HeartbeatInterval;
    }

    private static void ConfigureDualGreeting(SocketIOOptions options)
    {
        ConfigureVersion06(options, Generations.Version06 | Generations.Version02);
        options.Version06.HeartbeatInterval = TimeSpan.FromHours(1);
    }

    private static void ConfigureFor(SocketIOOptions options, Generations generations)
    {
        options.Generations = generations;
        options.Cors = AnyOrigin;
        options.AllowJsonp = true;
        options.OldSockets = new OldSocketOptions();
        options.FlashPolicy = new FlashPolicyOptions { Origins = { "*:*" }, Address = "127.0.0.1" };
    }
}
