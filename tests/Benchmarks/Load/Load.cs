using System.Diagnostics;
using System.Globalization;

namespace SocketIO.Benchmarks.Load;

/// <summary>The clients, and what they are made to do.</summary>
internal sealed class Load(LoadOptions options)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1.5);

    private const int PacketsAtATime = 256;

    private readonly List<LoadConnection> _connections = [];
    private ProcessUsage _before;
    private ProcessUsage _opened;

    /// <summary>What connecting has cost.</summary>
    public string Connected => string.Create(
        CultureInfo.InvariantCulture,
        $"connect {(_opened.CpuMicroseconds - _before.CpuMicroseconds) / options.Connections:F1} us/connection");

    public async Task ConnectAsync()
    {
        _before = ProcessUsage.Of(options.Processes);
        using var gate = new SemaphoreSlim(32);
        var opening = new List<Task<LoadConnection>>();
        for (var i = 0; i < options.Connections; i++)
        {
            await gate.WaitAsync();
            var server = options.Servers[i % options.Servers.Length];
            opening.Add(Task.Run(async () =>
            {
                var connection = new LoadConnection();
                await connection.ConnectAsync(server);
                gate.Release();
                return connection;
            }));
        }

        _connections.AddRange(await Task.WhenAll(opening));
        _opened = ProcessUsage.Of(options.Processes);
    }

    public async Task<string> IdleAsync()
    {
        await Task.Delay(options.Duration);
        var now = ProcessUsage.Of(options.Processes);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"idle {(now.ResidentBytes - _before.ResidentBytes) / 1024.0 / options.Connections:F2} KiB/connection");
    }

    public async Task<string> AcknowledgeAsync()
    {
        var done = 0L;
        var body = new string('x', options.Payload);
        foreach (var connection in _connections)
        {
            var next = 0;
            connection.Acknowledged = _ =>
            {
                Interlocked.Increment(ref done);
                Fire();
            };
            for (var i = 0; i < options.InFlight; i++)
            {
                Fire();
            }

            void Fire() => connection.Send(string.Create(CultureInfo.InvariantCulture, $"42{Interlocked.Increment(ref next)}[\"ack\",\"{body}\"]"));
        }

        var (count, cost) = await MeasureAsync(() => Interlocked.Read(ref done));
        return string.Create(CultureInfo.InvariantCulture, $"ack {cost / count:F2} us/operation, {count / options.Duration.TotalSeconds:F0}/s");
    }

    public async Task<string> BroadcastAsync()
    {
        var received = 0L;
        var body = new string('x', options.Payload);
        var latencies = new List<double>();
        foreach (var connection in _connections)
        {
            connection.Received = _ => Interlocked.Increment(ref received);
            connection.Send("42[\"join\",\"r\"]");
        }

        // One client's view of the delay is enough, and costs nothing. With several servers it is not at the sender's.
        _connections[^1].Received = sent =>
        {
            Interlocked.Increment(ref received);
            lock (latencies)
            {
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
        };
        await Task.Delay(WarmUp);
        var (count, cost) = await MeasureWhileAsync(
            () => Interlocked.Read(ref received),
            _connections.Count,
            () => _connections[0].Send(string.Create(CultureInfo.InvariantCulture, $"42[\"bcast\",\"r\",\"{Stopwatch.GetTimestamp():D19}{body}\"]")));
        lock (latencies)
        {
            if (latencies.Count == 0)
            {
                throw new InvalidOperationException("Nothing that was broadcast has arrived; do the servers form a cluster?");
            }

            latencies.Sort();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"bcast {cost / count:F2} us/delivery, {count / options.Duration.TotalSeconds:F0}/s, p50 {latencies[latencies.Count / 2]:F2} ms, p99 {latencies[latencies.Count * 99 / 100]:F2} ms");
        }
    }

    /// <summary>What gateways send each other, and hardly anything to clients.</summary>
    public async Task<string> RelayAsync()
    {
        var received = 0L;
        var body = new string('x', options.Payload);
        foreach (var connection in _connections)
        {
            connection.Received = _ => Interlocked.Increment(ref received);
            connection.Send("42[\"mute\"]");
        }

        await Task.Delay(WarmUp);
        var (count, cost) = await MeasureWhileAsync(
            () => Interlocked.Read(ref received),
            _connections.Count,
            () => _connections[0].Send(string.Create(CultureInfo.InvariantCulture, $"42[\"relay\",{PacketsAtATime},\"{Stopwatch.GetTimestamp():D19}{body}\"]")));
        var packets = count * PacketsAtATime;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"relay {cost / packets:F2} us/packet and gateway, {packets / _connections.Count / options.Duration.TotalSeconds:F0} packets/s to {_connections.Count} gateways");
    }

    /// <summary>Sends again and again, at the rate that was asked for or as soon as little enough is under way, and measures meanwhile.</summary>
    private async Task<(long Count, double CpuMicroseconds)> MeasureWhileAsync(Func<long> received, int receivers, Action send)
    {
        using var stop = new CancellationTokenSource();
        var sender = Task.Run(async () =>
        {
            var clock = Stopwatch.StartNew();
            var sent = 0L;
            while (!stop.IsCancellationRequested)
            {
                if (options.Rate > 0 && sent > clock.Elapsed.TotalSeconds * options.Rate)
                {
                    await Task.Delay(1);
                }
                else if (options.Rate == 0 && received() < (sent - options.InFlight) * receivers)
                {
                    Thread.Yield();
                }
                else
                {
                    send();
                    sent++;
                }
            }
        });
        var measured = await MeasureAsync(received);
        await stop.CancelAsync();
        await sender;
        return measured;
    }

    private async Task<(long Count, double CpuMicroseconds)> MeasureAsync(Func<long> counter)
    {
        await Task.Delay(WarmUp);
        var count = counter();
        var before = ProcessUsage.Of(options.Processes);
        await Task.Delay(options.Duration);
        return (counter() - count, ProcessUsage.Of(options.Processes).CpuMicroseconds - before.CpuMicroseconds);
    }
}
