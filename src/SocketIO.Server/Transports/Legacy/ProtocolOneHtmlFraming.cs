using System.Buffers;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>What clients 0.7 to 0.9 load into a frame as <c>htmlfile</c>: a page that never ends, of a script for each packet.</summary>
internal sealed class ProtocolOneHtmlFraming : MessageFraming
{
    private const int PreambleLength = 256;

    private ProtocolOneHtmlFraming()
    {
    }

    public static ProtocolOneHtmlFraming Instance { get; } = new();

    /// <summary>The beginning of the page: browsers run its scripts once they have so much of it.</summary>
    public static ReadOnlyMemory<byte> Preamble { get; } = Encoding.ASCII.GetBytes(
        "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>".PadRight(PreambleLength));

    public override void Write(IBufferWriter<byte> output, EngineCodec codec, in EnginePacket packet)
    {
        var text = Scratch.Rent();
        try
        {
            codec.EncodeMessage(packet, text);
            output.Write("<script>_("u8);
            ScriptString.Write(text.WrittenSpan, output, inHtml: true);
            output.Write(");</script>"u8);
        }
        finally
        {
            Scratch.Return(text);
        }
    }
}
