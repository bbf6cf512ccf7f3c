using System.Buffers;
using Microsoft.Extensions.Primitives;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>A generation of its own that counts what it encodes, and has neither binary values nor acknowledgements.</summary>
internal sealed class TestDialect : Dialect
{
    private readonly CountingParser _parser = new();

    public int Encoded => _parser.Counter.Count;

    public int Framed { get; private set; }

    public override Generations Generation => Generations.Version06;

    public override string Clients => "a test";

    public override TransportTypes Transports => TransportTypes.WebSocket;

    public override PacketParser Parser => _parser;

    public override EngineCodec CreateCodec(IReadOnlyList<KeyValuePair<string, StringValues>> query) => new Codec(this);

    public override Heartbeat CreateHeartbeat(EngineConnection connection) => new ClientHeartbeat(connection);

    public override PollingTransport CreatePolling(EngineConnection connection, PollingForm form) => throw new NotSupportedException();

    public override void WriteOpen(IBufferWriter<byte> output, EngineConnection connection, ReadOnlySpan<string> upgrades)
    {
    }

    private sealed class Codec(TestDialect dialect) : EngineCodec
    {
        private static readonly EngineCodec Inner = EngineCodecV4.Instance;

        public override int Revision => 1;

        public override object MessageForm => dialect;

        public override EnginePacket DecodeMessage(ReadOnlyMemory<byte> message, bool isBinary) => Inner.DecodeMessage(message, isBinary);

        public override void DecodePayload(ReadOnlyMemory<byte> payload, bool isBinary, List<EnginePacket> packets) => Inner.DecodePayload(payload, isBinary, packets);

        public override int GetMessageLength(in EnginePacket packet) => Inner.GetMessageLength(packet);

        public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
        {
            dialect.Framed++;
            Inner.EncodeMessage(packet, output);
        }

        public override bool EncodesAsBinary(in EnginePacket packet) => Inner.EncodesAsBinary(packet);

        public override bool EncodePayload(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output) => Inner.EncodePayload(packets, output);

        public override int GetPayloadLength(in EnginePacket packet) => Inner.GetPayloadLength(packet);
    }

    private sealed class CountingParser : PacketParser
    {
        public CountingEncoder Counter { get; } = new();

        public override PacketEncoder Encoder => Counter;

        public override PacketDecoder CreateDecoder(PacketLimits limits) => Json.CreateDecoder(limits);
    }

    private sealed class CountingEncoder : PacketEncoder
    {
        public int Count { get; private set; }

        public override bool IsBinary => false;

        public override bool SendsAttachments => false;

        public override void Encode(in Packet packet, IBufferWriter<byte> output)
        {
            if (packet.Id >= 0 || !packet.Attachments.IsEmpty)
            {
                throw new PacketNotSupportedException("Clients of a test have no acknowledgements and no binary values.");
            }

            Count++;
            PacketParser.Json.Encoder.Encode(packet, output);
        }
    }
}
