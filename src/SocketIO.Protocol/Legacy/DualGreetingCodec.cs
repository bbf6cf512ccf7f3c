using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>
/// The codec of a client that may be of generation 0.1 to 0.2.4 or of 0.5 and 0.6, as both ask for the same URLs. What the server sends goes out in both
/// <see cref="EngineCodec.Forms"/>, each a unit of its own: each client passes over what is not its own. The first data from the client decides.
/// </summary>
/// <remarks>
/// A heartbeat decides early, as the clients of <see cref="LengthFramed"/> answer it at once. What holds for one form only, such as
/// <see cref="EncodeMessage"/>, is that of <see cref="LengthFramed"/> until it is decided.
/// </remarks>
public sealed class DualGreetingCodec : EngineCodec
{
    private readonly EngineCodec[] _both;
    private volatile EngineCodec? _decided;
    private bool _isPresumed;

    /// <summary>Creates the codec of a session.</summary>
    public DualGreetingCodec() => _both = [Envelope, LengthFramed];

    /// <summary>The codec of clients 0.1 to 0.2.4.</summary>
    public EnvelopeCodec Envelope { get; } = new();

    /// <summary>The codec of clients 0.5 and 0.6.</summary>
    public LengthFramedCodec LengthFramed { get; } = new();

    /// <summary>Which of the two the client speaks; <see langword="null"/>: it has not said anything yet.</summary>
    public EngineCodec? Decided => _decided;

    /// <inheritdoc/>
    public override int Revision => 0;

    /// <inheritdoc/>
    public override object MessageForm => Likely.MessageForm;

    /// <inheritdoc/>
    public override bool MessagesArePayloads => true;

    /// <inheritdoc/>
    public override IReadOnlyList<EngineCodec> Forms => _decided?.Forms ?? _both;

    private EngineCodec Likely => _decided ?? LengthFramed;

    /// <inheritdoc/>
    public override bool Has(EnginePacketType type) => _decided?.Has(type) ?? Array.TrueForAll(_both, form => form.Has(type));

    /// <inheritdoc/>
    public override EnginePacket DecodeMessage(ReadOnlyMemory<byte> message, bool isBinary)
    {
        Decide(message.Span);
        return Likely.DecodeMessage(message, isBinary);
    }

    /// <inheritdoc/>
    public override void DecodePayload(ReadOnlyMemory<byte> payload, bool isBinary, List<EnginePacket> packets)
    {
        Decide(payload.Span);
        Likely.DecodePayload(payload, isBinary, packets);
    }

    /// <inheritdoc/>
    public override int GetMessageLength(in EnginePacket packet) => Likely.GetMessageLength(packet);

    /// <inheritdoc/>
    public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output) => Likely.EncodeMessage(packet, output);

    /// <inheritdoc/>
    public override bool EncodesAsBinary(in EnginePacket packet) => Likely.EncodesAsBinary(packet);

    /// <inheritdoc/>
    public override bool EncodePayload(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output) => Likely.EncodePayload(packets, output);

    /// <inheritdoc/>
    public override int GetPayloadLength(in EnginePacket packet) => Likely.GetPayloadLength(packet);

    /// <summary>
    /// Takes the client for one of 0.1 to 0.2.4, if nothing is decided yet: it seems not to understand the other form. Its own first data still decides otherwise.
    /// </summary>
    public void PresumeEnvelope()
    {
        if (_decided is null)
        {
            _decided = Envelope;
            _isPresumed = true;
        }
    }

    private void Decide(ReadOnlySpan<byte> unit)
    {
        if (_decided is null || _isPresumed)
        {
            EngineCodec? decided = unit.StartsWith("["u8) ? Envelope : unit.StartsWith("~m~"u8) ? LengthFramed : null;
            _isPresumed &= decided is null;
            _decided = decided ?? _decided;
        }
    }
}
