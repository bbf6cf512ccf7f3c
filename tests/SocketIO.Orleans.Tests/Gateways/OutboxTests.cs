using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using SocketIO.Cluster;

namespace SocketIO.Orleans.Tests;

/// <summary>The way to one destination.</summary>
public sealed class OutboxTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<byte[]> _frames = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        _services.Dispose();
        _arrived.Dispose();
    }

    [Fact]
    public async Task While_a_call_is_on_its_way_messages_gather_and_leave_together_in_order()
    {
        var outbox = Create();
        outbox.Add(Entry(0));
        await ArriveAsync();
        for (var i = 1; i < 100; i++)
        {
            outbox.Add(Entry(i));
        }

        Assert.Single(_frames);
        Take();
        await ArriveAsync();
        Assert.Equal(Enumerable.Range(1, 99), Frame.Read(_frames[1]).Select(static entry => (int)entry.Message.Span[0]));
        Take();
    }

    [Fact]
    public async Task What_exceeds_the_bound_is_dropped_and_counted_and_there_is_room_again_after()
    {
        var dropped = 0L;
        using var listener = Listen("socketio.relay.dropped", count => dropped = count);
        var outbox = Create(maxBytes: 1000);
        outbox.Add(Entry(0));
        await ArriveAsync();
        for (var i = 1; i <= 100; i++)
        {
            outbox.Add(Entry(i));
        }

        Take();
        await ArriveAsync();
        var sent = Frame.Read(_frames[1]).Count;
        Assert.InRange(sent, 1, 1000 / Entry(0).Size);
        listener.RecordObservableInstruments();
        Assert.Equal(100 - sent, dropped);
        outbox.Add(Entry(7));
        Take();
        await ArriveAsync();
        Assert.Equal(7, Assert.Single(Frame.Read(_frames[2])).Message.Span[0]);
        Take();
    }

    [Fact]
    public async Task After_a_failure_the_next_messages_are_sent()
    {
        var outbox = Create();
        outbox.Add(Entry(1));
        await ArriveAsync();
        var failed = _taken;
        _taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        failed.SetException(new IOException("unreachable"));
        outbox.Add(Entry(2));
        await ArriveAsync();
        Assert.Equal(2, Assert.Single(Frame.Read(_frames[1])).Message.Span[0]);
        Take();
    }

    [Fact]
    public async Task A_closed_outbox_sends_nothing_more()
    {
        var outbox = Create();
        outbox.Add(Entry(1));
        await ArriveAsync();
        outbox.Add(Entry(2));
        outbox.Close();
        outbox.Add(Entry(3));
        Take();
        var other = Create();
        other.Add(Entry(4));
        await ArriveAsync();
        Assert.Equal([1, 4], _frames.Select(static frame => (int)Assert.Single(Frame.Read(frame)).Message.Span[0]));
        Take();
    }

    [Fact]
    public void Frames_keep_their_senders_and_messages()
    {
        FrameEntry[] entries = [new(new PartitionKey("/chat", 3), new byte[] { 1, 2 }), new(null, new byte[300]), new(new PartitionKey("/ü", 0), default)];
        var read = Frame.Read(Frame.Write(entries));
        Assert.Equal(entries.Select(static entry => entry.Partition), read.Select(static entry => entry.Partition));
        Assert.Equal(entries.Select(static entry => entry.Message.ToArray()), read.Select(static entry => entry.Message.ToArray()));
    }

    [Fact]
    public void What_is_no_frame_is_refused_and_nothing_else_happens()
    {
        var frame = Frame.Write([new(new PartitionKey("/chat", 3), new byte[] { 1, 2 }), new(null, new byte[20])]);
        var refused = 0;
        for (var i = 0; i < frame.Length; i++)
        {
            for (var value = 0; value < 256; value++)
            {
                var changed = frame.ToArray();
                changed[i] = (byte)value;
                refused += IsRefused(changed) ? 1 : 0;
            }

            refused += IsRefused(frame[..i]) ? 1 : 0;
        }

        Assert.True(IsRefused([]));
        Assert.True(refused > 1000);
    }

    private static bool IsRefused(byte[] frame)
    {
        try
        {
            Frame.Read(frame);
            return false;
        }
        catch (BatchFormatException)
        {
            return true;
        }
    }

    private static FrameEntry Entry(int number) => new(null, new[] { (byte)number });

    private Outbox Create(long maxBytes = 1 << 20) =>
        new("a test", SendAsync, maxBytes, new RelayMetrics(_services.GetRequiredService<IMeterFactory>()), TimeProvider.System, NullLogger.Instance);

    private Task SendAsync(byte[] frame)
    {
        lock (_frames)
        {
            _frames.Add(frame);
        }

        var taken = _taken.Task;
        _arrived.Release();
        return taken;
    }

    private Task ArriveAsync() => Patience.Within(_arrived.WaitAsync());

    private void Take()
    {
        var taken = _taken;
        _taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        taken.SetResult();
    }

    private MeterListener Listen(string instrument, Action<long> count)
    {
        // Not those of other tests, which run at the same time.
        var meters = _services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (published, listening) =>
            {
                if (published.Name == instrument && published.Meter.Scope == meters)
                {
                    listening.EnableMeasurementEvents(published);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => count(value));
        listener.Start();
        return listener;
    }
}
