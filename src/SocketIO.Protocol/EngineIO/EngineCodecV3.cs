using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>Engine.IO protocol revisions 2 and 3.</summary>
public sealed class EngineCodecV3 : EngineCodec
{
    private readonly bool _isBase64Only;

    /// <summary>Creates the codec of one session.</summary>
    /// <param name="revision">2 or 3.</param>
    /// <param name="isBase64Only">Whether the client takes binary data only as base64: it has <c>b64</c> in its query, as JSONP always has.</param>
    public EngineCodecV3(int revision, bool isBase64Only)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(revision, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(revision, 3);
        Revision = revision;
        _isBase64Only = isBase64Only;
    }

    /// <inheritdoc/>
    public override int Revision { get; }

    /// <inheritdoc/>
    public override EnginePacket DecodeMessage(ReadOnlyMemory<byte> message, bool isBinary) => throw new EngineFormatException();

    /// <inheritdoc/>
    public override void DecodePayload(ReadOnlyMemory<byte> payload, bool isBinary, List<EnginePacket> packets) => throw new EngineFormatException();

    /// <inheritdoc/>
    public override int GetMessageLength(in EnginePacket packet) => 0;

    /// <inheritdoc/>
    public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
    {
    }

    /// <inheritdoc/>
    public override bool EncodesAsBinary(in EnginePacket packet) => packet.IsBinary && packet.Type == EnginePacketType.Message && !_isBase64Only;

    /// <inheritdoc/>
    public override bool EncodePayload(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output) => false;

    /// <inheritdoc/>
    public override int GetPayloadLength(in EnginePacket packet) => 0;
}
