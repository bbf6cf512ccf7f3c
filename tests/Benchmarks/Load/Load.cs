using System.Diagnostics;
using System.Globalization;

namespace SocketIO.Benchmarks.Load;

/// <summary>The clients, and what they are made to do.</summary>
internal sealed class Load(LoadOptions options)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1.5);

    private readonly List<LoadConnection> _connections = [];
    private ProcessUsage _before;
    private ProcessUsage _opened;

    /// <summary>What connecting has cost.</summary>
    public string Connected => string.Create(
        CultureInfo.InvariantCulture,
        $"connect {(_opened.CpuMicroseconds - _before.CpuMicroseconds) / options.Connections:F1} us/connection");

    public async Task ConnectAsync()
    {
        _before = ProcessUsage.Of(options.Process);
        using var gate = new SemaphoreSlim(32);
        var opening = new List<Task<LoadConnection>>();
        for (var i = 0; i < options.Connections; i++)
        {
            await gate.WaitAsync();
            opening.Add(Task.Run(async () =>
            {
                var connection = new LoadConnection();
                await connection.ConnectAsync(options.Server);
                gate.Release();
                return connection;
            }));
        }

        _connections.AddRange(await Task.WhenAll(opening));
        _opened = ProcessUsage.Of(options.Process);
    }

    public async Task<string> IdleAsync()
    {
        await Task.Delay(options.Duration);
        var now = ProcessUsage.Of(options.Process);
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

        // One client's view of the delay is enough, and costs nothing.
        _connections[^1].Received = sent =>
        {
            Interlocked.Increment(ref received);
            lock (latencies)
            {
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
        };
        await Task.Delay(WarmUp);
        using var stop = new CancellationTokenSource();
        var sender = Task.Run(() =>
        {
            var sent = 0L;
            while (!stop.IsCancellationRequested)
            {
                if (Interlocked.Read(ref received) < (sent - options.InFlight) * _connections.Count)
                {
                    Thread.Yield();
                    continue;
                }

                _connections[0].Send(string.Create(CultureInfo.InvariantCulture, $"42[\"bcast\",\"r\",\"{Stopwatch.GetTimestamp():D19}{body}\"]"));
                sent++;
            }
        });
        var (count, cost) = await MeasureAsync(() => Interlocked.Read(ref received));
        await stop.CancelAsync();
        await sender;
        lock (latencies)
        {
            latencies.Sort();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"bcast {cost / count:F2} us/delivery, {count / options.Duration.TotalSeconds:F0}/s, p50 {latencies[latencies.Count / 2]:F1} ms, p99 {latencies[latencies.Count * 99 / 100]:F1} ms");
        }
    }

    private async Task<(long Count, double CpuMicroseconds)> MeasureAsync(Func<long> counter)
    {
        await Task.Delay(WarmUp);
        var count = counter();
        var before = ProcessUsage.Of(options.Process);
        await Task.Delay(options.Duration);
        return (counter() - count, ProcessUsage.Of(options.Process).CpuMicroseconds - before.CpuMicroseconds);
    }
}
