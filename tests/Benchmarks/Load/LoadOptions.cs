using System.Globalization;
using System.Net;

namespace SocketIO.Benchmarks.Load;

/// <summary>What the command line says.</summary>
internal sealed record LoadOptions(string Mode, IPEndPoint Server, int Process, int Connections, TimeSpan Duration, int InFlight, int Payload)
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
            IPEndPoint.Parse(values.GetValueOrDefault("url", "127.0.0.1:3000")),
            Number("pid", 0),
            Number("conns", 100),
            TimeSpan.FromSeconds(Number("secs", 5)),
            Number("inflight", 4),
            Number("payload", 64));

        int Number(string name, int fallback) =>
            values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
    }
}
