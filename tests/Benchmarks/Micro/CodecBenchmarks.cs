using System.Buffers;
using BenchmarkDotNet.Attributes;
using SocketIO.Protocol;

namespace SocketIO.Benchmarks.Micro;

/// <summary>Packets to Engine.IO messages and back, in both wire forms.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private static readonly ReadOnlyMemory<byte> Image = new byte[1024];

    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private readonly Packet _event = new(PacketType.Event, id: 7, payload: """["news","a text of some length",42,true]"""u8.ToArray());
    private readonly Packet _ack = new(PacketType.Ack, id: 7, payload: "[42]"u8.ToArray());
    private readonly Packet _image = new(
        PacketType.Event,
        payload: """["image",{"_placeholder":true,"num":0}]"""u8.ToArray(),
        attachments: new[] { Image });

    private byte[] _eventMessage = [];
    private byte[] _ackMessage = [];
    private byte[] _imageMessage = [];
    private PacketEncoder _encoder = null!;
    private PacketDecoder _decoder = null!;

    [Params("json", "msgpack")]
    public string Parser { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        var parser = Parser == "json" ? PacketParser.Json : PacketParser.MessagePack;
        _encoder = parser.Encoder;
        _decoder = parser.CreateDecoder(PacketLimits.Default);
        _eventMessage = Message(_event);
        _ackMessage = Message(_ack);
        _imageMessage = Message(_image);
    }

    [Benchmark]
    public int EncodeEvent() => Encode(_event);

    [Benchmark]
    public int EncodeAck() => Encode(_ack);

    [Benchmark]
    public int EncodeEventWithAttachment()
    {
        var length = Encode(_image);
        return _encoder.SendsAttachments ? length + Write(new EnginePacket(EnginePacketType.Message, Image, isBinary: true)) : length;
    }

    [Benchmark]
    public long DecodeEvent() => Decode(_eventMessage);

    [Benchmark]
    public long DecodeAck() => Decode(_ackMessage);

    [Benchmark]
    public long DecodeEventWithAttachment()
    {
        var attachments = Decode(_imageMessage);
        return _encoder.SendsAttachments && _decoder.Decode(EngineCodecV4.Instance.DecodeMessage(Image, isBinary: true).Data, isBinary: true, out var packet)
            ? packet.Attachments.Length
            : attachments;
    }

    private int Encode(in Packet packet)
    {
        _output.ResetWrittenCount();
        _encoder.Encode(packet, _output);
        return Write(new EnginePacket(EnginePacketType.Message, _output.WrittenMemory, _encoder.IsBinary));
    }

    private int Write(in EnginePacket packet)
    {
        EngineCodecV4.Instance.EncodeMessage(packet, _output);
        return _output.WrittenCount;
    }

    // From the Engine.IO message to the places of the arguments.
    private long Decode(byte[] message)
    {
        var packet = EngineCodecV4.Instance.DecodeMessage(message, _encoder.IsBinary);
        return _decoder.Decode(packet.Data, packet.IsBinary, out var decoded) ? decoded.Arguments.Length : 0;
    }

    private byte[] Message(in Packet packet)
    {
        _output.ResetWrittenCount();
        _encoder.Encode(packet, _output);
        return _encoder.IsBinary ? _output.WrittenSpan.ToArray() : [(byte)'4', .. _output.WrittenSpan];
    }
}
