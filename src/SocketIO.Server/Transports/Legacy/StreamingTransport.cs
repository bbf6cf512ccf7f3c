// Transports before Engine.IO that never end a response: htmlfile, xhr-multipart, server-events. What the client sends comes by POST.
using System.Buffers;
using System.IO.Pipelines;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>A response that goes on until either side ends it.</summary>
/// <param name="connection">The session.</param>
/// <param name="response">Takes what is written; its input ends with the request.</param>
/// <param name="codec">What is in the messages.</param>
/// <param name="name">The transport's name in URLs.</param>
/// <param name="framing">What is around them.</param>
internal sealed class StreamingTransport(EngineConnection connection, ResponsePipe response, EngineCodec codec, string name, MessageFraming framing)
    : PipeTransport(connection, response, codec)
{
    public override string Name => name;

    public override bool TryWrite(in EnginePacket packet, bool compress)
    {
        if (!CanWrite || HasMuchToFlush)
        {
            return false;
        }

        framing.WriteAll(Output, Codec, packet);
        Unflushed += packet.Data.Length + 1;
        return true;
    }

    public override bool TryWrite(EncodedMessage message)
    {
        if (!CanWrite || HasMuchToFlush)
        {
            return false;
        }

        Unflushed += framing.WriteAll(Output, Codec, message);
        return true;
    }

    public override void Abort() => response.Abort();

    public override void Dispose() => response.Dispose();

    // There is nothing to be read.
    protected override bool ReadMessages(ref ReadOnlySequence<byte> buffer) => true;

    protected override bool Skip(ref ReadOnlySequence<byte> buffer) => true;

    protected override void WriteClose()
    {
        if (Connection.AnnouncesClose)
        {
            framing.WriteAll(Output, Codec, new EnginePacket(EnginePacketType.Close));
            Unflushed++;
        }
        else if (Connection.Dialect.ReconnectAdvice is { IsEmpty: false } advice)
        {
            // Browsers do not tell pages that such a response has ended.
            framing.WriteAll(Output, Codec, new EnginePacket(EnginePacketType.Message, advice));
            Unflushed++;
        }
    }

    protected override void OnCloseSent() => Input.CancelPendingRead();
}
