using System.Globalization;
using System.Net;

namespace SocketIO.Benchmarks.Load;

/// <summary>What the command line says.</summary>
/// <param name="Mode">What the clients do.</param>
/// <param name="Servers">Where they connect to, in turn.</param>
/// <param name="Processes">Whose CPU time and memory count.</param>
/// <param name="Connections">How many clients there are.</param>
/// <param name="Duration">How long is measured.</param>
/// <param name="InFlight">How much may be under way.</param>
/// <param name="Payload">Bytes of a message.</param>
/// <param name="Rate">Broadcasts a second; 0: as many as <paramref name="InFlight"/> allows.</param>
internal sealed record LoadOptions(
    string Mode,
    IPEndPoint[] Servers,
    int[] Processes,
    int Connections,
    TimeSpan Duration,
    int InFlight,
    int Payload,
    int Rate)
{
    public static LoadOptions Parse(string[] args)
    {
        var values = new Dictionary<string, string>();
        for (var i = 1; i + 1 < args.Length; i += 2)
        {
            values[args[i].TrimStart('-')] = args[i + 1];
        }

        return new LoadOptions(
            args.Length > 0 ? args[0] : "",
            [.. values.GetValueOrDefault("url", "127.0.0.1:3000").Split(',').Select(static url => IPEndPoint.Parse(url))],
            [.. values.GetValueOrDefault("pid", "").Split(',').Select(static id => int.Parse(id, CultureInfo.InvariantCulture))],
            Number("conns", 100),
            TimeSpan.FromSeconds(Number("secs", 5)),
            Number("inflight", 4),
            Number("payload", 64),
            Number("rate", 0));

        int Number(string name, int fallback) =>
            values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
    }
}
