// A chat on a cluster, of four processes: two gateways that know nothing of a chat, a silo whose grains are the chat, and a program outside that talks along.
//
//   dotnet run --project samples/ChatCluster [-- --port 8081 --silo-port 11111 --redis 127.0.0.1:6379 --every 10]
//
// --port and --silo-port are the first of two and three; --redis: where the gateways store; --every: the seconds between two announcements.
using System.Globalization;
using System.Runtime.InteropServices;
using ChatCluster;

var settings = args.Chunk(2).ToDictionary(static pair => pair[0].TrimStart('-'), static pair => pair[1]);
var port = int.Parse(settings.GetValueOrDefault("port", "8081"), CultureInfo.InvariantCulture);
var siloPort = int.Parse(settings.GetValueOrDefault("silo-port", "11111"), CultureInfo.InvariantCulture);
string[] storage = settings.TryGetValue("redis", out var redis) ? ["--redis", redis] : [];
string[] urls = [$"http://127.0.0.1:{port}", $"http://127.0.0.1:{port + 1}"];

using var processes = new ProcessGroup();
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);

// One after another: silos that join at the same moment wait for each other. The first one tells the others who is there.
await processes.StartAsync("gateway 1", "Gateway", ["--urls", urls[0], .. Silo(0), .. storage]);
await processes.StartAsync("gateway 2", "Gateway", ["--urls", urls[1], .. Silo(1), .. storage]);
await processes.StartAsync("handlers", "Handlers", Silo(2));
await processes.StartAsync("announcer", "Announcer", ["--client-port", Format(siloPort + 1000), "--every", settings.GetValueOrDefault("every", "10")]);
Console.WriteLine($"The chat is at {urls[0]} and {urls[1]} (Ctrl+C stops it)");
return await processes.WaitAsync() ? 0 : 1;

string[] Silo(int index) => ["--silo-port", Format(siloPort + index), "--client-port", Format(siloPort + 1000 + index), "--primary-port", Format(siloPort)];

static string Format(int value) => value.ToString(CultureInfo.InvariantCulture);

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    processes.End();
}
