// Many idle connections against one server process, and what they cost it:
//   dotnet run -c Release --project tests/Benchmarks/Idle [-- --connections=16000 --limit-mib=1024]
// Each side needs a descriptor for a connection: the hard limit (`ulimit -Hn`) has to be above their number.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using SocketIO.Benchmarks;

// Addresses of the client's end: the ports of one are not enough for every number of connections.
const int ConnectionsPerAddress = 8000;
const int OpenedAtATime = 64;
const int MostThreads = 64;
// The second ping is only sent where the first was answered.
const int PingsExpected = 2;

var connections = Option("connections", 16_000);
var limit = Option("limit-mib", 1024) * 1024L * 1024;
var deadline = TimeSpan.FromSeconds(Option("seconds", 180));

using var server = await ServerProcess.StartAsync("SocketIO.Benchmarks.Server.dll", "--SocketIO:PingInterval=00:00:10", "--SocketIO:PingTimeout=00:00:20");
var before = await server.GetStatsAsync();
var clock = Stopwatch.StartNew();
var clients = await OpenAllAsync();
var opened = clock.Elapsed;
while (clients.Any(static client => client is { IsOpen: true, Pings: < PingsExpected }) && clock.Elapsed < deadline)
{
    await Task.Delay(TimeSpan.FromSeconds(1));
}

var after = await server.GetStatsAsync();
var answering = clients.Count(static client => client is { IsOpen: true, Pings: >= PingsExpected });
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"idle: {after.Sockets} of {connections} connections alive, {answering} have answered every ping; "
    + $"RSS {after.ResidentBytes / 1048576.0:F0} MiB ({(after.ResidentBytes - before.ResidentBytes) / 1024.0 / connections:F1} KiB per connection), "
    + $"{after.Threads} threads, {after.Timers} timers; opened in {opened.TotalSeconds:F1} s"));
var passed = after.Sockets == connections && answering == connections && after.ResidentBytes <= limit && after.Threads <= MostThreads;
Console.WriteLine(passed ? "idle: passed" : string.Create(
    CultureInfo.InvariantCulture,
    $"idle: failed; expected are all connections alive and answering, at most {limit / 1048576} MiB and {MostThreads} threads"));
return passed ? 0 : 1;

async Task<IdleConnection[]> OpenAllAsync()
{
    var all = new IdleConnection[connections];
    await Parallel.ForAsync(0, connections, new ParallelOptions { MaxDegreeOfParallelism = OpenedAtATime }, async (i, _) =>
    {
        // Any address of 127.0.0.0/8 is the machine itself on Linux; elsewhere only the first.
        var source = OperatingSystem.IsLinux() ? new IPAddress([127, 0, 0, (byte)(1 + i / ConnectionsPerAddress)]) : IPAddress.Loopback;
        all[i] = await IdleConnection.OpenAsync(source, server.EndPoint);
    });
    return all;
}

int Option(string name, int fallback)
{
    var prefix = $"--{name}=";
    var value = args.FirstOrDefault(arg => arg.StartsWith(prefix, StringComparison.Ordinal));
    return value is null ? fallback : int.Parse(value.AsSpan(prefix.Length), CultureInfo.InvariantCulture);
}
