using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Cors.Infrastructure;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>How the server of a recording was set up, and the application on it.</summary>
/// <param name="Captures">A regular expression of the captures' names.</param>
/// <param name="Configure">Sets the options as the recorded server had them.</param>
/// <param name="Map">Adds the application.</param>
internal sealed record CaptureProfile(string Captures, Action<SocketIOOptions> Configure, Action<SocketIOServer> Map)
{
    private static readonly CorsPolicy AnyOrigin = new CorsPolicyBuilder().SetIsOriginAllowed(static _ => true).AllowCredentials().Build();

    private static readonly CaptureProfile[] All =
    [
        new("^[CX]-", ConfigureEngineIO3, RecordedApplications.MapEngineIO3),
    ];

    public static CaptureProfile? Find(string capture) => Array.Find(All, profile => Regex.IsMatch(capture, profile.Captures));

    private static void ConfigureEngineIO3(SocketIOOptions options)
    {
        options.Generations = Generations.EngineIO3;
        options.PingInterval = TimeSpan.FromMilliseconds(1500);
        options.PingTimeout = TimeSpan.FromMilliseconds(2500);
        options.Cors = AnyOrigin;
        options.AllowJsonp = true;
    }
}
