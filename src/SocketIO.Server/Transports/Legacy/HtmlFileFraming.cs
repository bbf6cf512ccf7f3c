using System.Buffers;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>What clients before 0.7 load into a frame as <c>htmlfile</c>: a page that never ends, of a script for each message.</summary>
internal sealed class HtmlFileFraming : MessageFraming
{
    private readonly bool _asObjects;

    private HtmlFileFraming(bool asObjects, int preambleLength)
    {
        _asObjects = asObjects;
        Preamble = Encoding.ASCII.GetBytes("<html><body>".PadRight(preambleLength));
    }

    /// <summary>The message is a string, which clients of all generations take.</summary>
    public static HtmlFileFraming Strings { get; } = new(asObjects: false, preambleLength: 256);

    /// <summary>The message is the envelope itself, as servers up to 0.4 had it; heartbeats are comments.</summary>
    public static HtmlFileFraming Objects { get; } = new(asObjects: true, preambleLength: 255);

    /// <summary>The beginning of the page: browsers run its scripts once they have so much of it.</summary>
    public ReadOnlyMemory<byte> Preamble { get; }

    private static ReadOnlySpan<byte> Head => "<script>parent.s._("u8;

    private static ReadOnlySpan<byte> Tail => ", document);</script>"u8;

    public override void Write(IBufferWriter<byte> output, EngineCodec codec, in EnginePacket packet)
    {
        if (_asObjects && packet.Type == EnginePacketType.Ping)
        {
            output.Write("<!-- heartbeat -->"u8);
            return;
        }

        var unit = Scratch.Rent();
        try
        {
            codec.EncodeMessage(packet, unit);
            output.Write(Head);
            if (_asObjects)
            {
                WriteObject(unit.WrittenSpan, output);
            }
            else
            {
                ScriptString.Write(unit.WrittenSpan, output, inHtml: true);
            }

            output.Write(Tail);
        }
        finally
        {
            Scratch.Return(unit);
        }
    }

    // Only in its strings has JSON a less-than sign.
    private static void WriteObject(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        int lessThan;
        while ((lessThan = json.IndexOf((byte)'<')) >= 0)
        {
            output.Write(json[..lessThan]);
            output.Write("\\u003c"u8);
            json = json[(lessThan + 1)..];
        }

        output.Write(json);
    }
}
