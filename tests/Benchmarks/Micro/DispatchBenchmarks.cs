using BenchmarkDotNet.Attributes;
using SocketIO.Testing;

namespace SocketIO.Benchmarks.Micro;

/// <summary>One event through the whole server: frame, packet, arguments, handler, answer, frame.</summary>
[MemoryDiagnoser]
public class DispatchBenchmarks
{
    private readonly byte[] _sum = InMemoryClient.Frame("""420["sum",19,23]""");
    private readonly byte[] _echo = InMemoryClient.Frame("""420["echo","a text of some length"]""");
    private readonly byte[] _late = InMemoryClient.Frame("""420["late",19]""");
    private InMemoryClient _client = null!;

    [GlobalSetup]
    public async Task SetUpAsync() => _client = await InMemoryClient.ConnectAsync(TestServer.Create(static socket => socket
        .On("sum", (int a, int b) => a + b)
        .On("echo", (string text) => text)
        .On("late", (int value) => ValueTask.FromResult(value))));

    [Benchmark(Baseline = true)]
    public long TypedHandlerOfPrimitives() => Ask(_sum);

    [Benchmark]
    public long HandlerOfText() => Ask(_echo);

    [Benchmark]
    public long AsynchronousHandlerThatIsDone() => Ask(_late);

    private long Ask(byte[] frame)
    {
        _client.Send(frame);
        return _client.Receive();
    }
}
