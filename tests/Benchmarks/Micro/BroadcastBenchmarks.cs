using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using SocketIO.Server;
using SocketIO.Testing;

namespace SocketIO.Benchmarks.Micro;

/// <summary>A broadcast to a room, until its bytes have been flushed to every receiver.</summary>
[MemoryDiagnoser]
public class BroadcastBenchmarks
{
    private readonly Received _received = new();
    private SocketIOServer _server = null!;

    [Params(1, 100, 10_000)]
    public int Sockets { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _server = TestServer.Create(static socket => socket.JoinAsync("room").AsTask());
        for (var i = 0; i < Sockets; i++)
        {
            await InMemoryClient.ConnectAsync(_server, new Sink(_received));
        }
    }

    [Benchmark]
    public void EmitToRoom()
    {
        _received.Expect(Sockets);
        _server.To("room").Emit("news", "a text of some length", 42);
        _received.Wait();
    }

    /// <summary>Counts the connections that have got their bytes.</summary>
    private sealed class Received
    {
        private readonly object _gate = new();
        private int _missing;

        public void Expect(int count) => Volatile.Write(ref _missing, count);

        public void Wait()
        {
            lock (_gate)
            {
                while (Volatile.Read(ref _missing) > 0)
                {
                    Monitor.Wait(_gate);
                }
            }
        }

        public void Add()
        {
            if (Interlocked.Decrement(ref _missing) == 0)
            {
                lock (_gate)
                {
                    Monitor.Pulse(_gate);
                }
            }
        }
    }

    /// <summary>Takes bytes and forgets them.</summary>
    private sealed class Sink(Received received) : PipeWriter
    {
        private byte[] _buffer = new byte[512];

        public override void Advance(int bytes)
        {
        }

        public override Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (sizeHint > _buffer.Length)
            {
                _buffer = new byte[sizeHint];
            }

            return _buffer;
        }

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            received.Add();
            return default;
        }

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
