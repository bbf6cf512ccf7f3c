using System.Buffers;
using BenchmarkDotNet.Attributes;
using SocketIO.Protocol;

namespace SocketIO.Benchmarks.Micro;

/// <summary>RFC 6455 frames: masked ones in, unmasked ones out.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks : IDisposable
{
    private readonly ArrayBufferWriter<byte> _output = new(128 * 1024);
    private readonly WebSocketMessageReader _reader = new(1_000_000);
    private byte[] _payload = [];
    private byte[] _masked = [];
    private byte[] _input = [];

    [Params(32, 1024, 64 * 1024)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _payload = new byte[Bytes];
        _payload.AsSpan().Fill((byte)'x');
        _masked = new byte[Bytes + WebSocketFrame.MaxHeaderLength + 4];
        const uint Mask = 0x5A17C3E9;
        var header = WebSocketFrame.WriteMaskedHeader(_masked, WebSocketOpcode.Text, Bytes, Mask);
        _payload.CopyTo(_masked, header);
        WebSocketFrame.Mask(_masked.AsSpan(header, Bytes), Mask);
        _masked = _masked[..(header + Bytes)];
        _input = new byte[_masked.Length];
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _reader.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>With the copy that a socket would make: a payload is unmasked where it lies.</summary>
    [Benchmark]
    public int Read()
    {
        _masked.CopyTo(_input, 0);
        var sequence = new ReadOnlySequence<byte>(_input);
        return _reader.TryRead(ref sequence, out var message) ? message.Payload.Length : -1;
    }

    [Benchmark]
    public int Write()
    {
        _output.ResetWrittenCount();
        var span = _output.GetSpan(WebSocketFrame.MaxHeaderLength + Bytes);
        var header = WebSocketFrame.WriteHeader(span, WebSocketOpcode.Text, Bytes);
        _payload.CopyTo(span[header..]);
        _output.Advance(header + Bytes);
        return _output.WrittenCount;
    }
}
