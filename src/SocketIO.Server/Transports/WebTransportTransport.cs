// The WebTransport transport: Engine.IO messages, each behind its length, over one stream of a session.
using System.Buffers;
using System.IO.Pipelines;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>One client's WebTransport stream. The end of the stream is the end of its session.</summary>
internal sealed class WebTransportTransport : PipeTransport
{
    private readonly WebTransportSession _session;
    private readonly WebTransportFrameReader _reader;

    public WebTransportTransport(EngineConnection connection, WebTransportSession session, IDuplexPipe stream)
        : base(connection, stream, connection.Codec)
    {
        _session = session;
        _reader = new WebTransportFrameReader(connection.Engine.Options.MaxHttpBufferSize);
    }

    public override string Name => TransportNames.WebTransport;

    public override bool TryWrite(in EnginePacket packet, bool compress)
    {
        if (!CanWrite || HasMuchToFlush)
        {
            return false;
        }

        WebTransportFraming.Instance.Write(Output, Codec, packet);
        Unflushed += packet.Data.Length + WebTransportFrame.MaxHeaderLength;
        return true;
    }

    public override bool TryWrite(EncodedMessage message)
    {
        if (!CanWrite || HasMuchToFlush)
        {
            return false;
        }

        var frames = message.GetWebTransportFrames();
        Output.Write(frames);
        Unflushed += frames.Length;
        return true;
    }

    public override void Abort()
    {
        Output.CancelPendingFlush();
        Input.CancelPendingRead();
        try
        {
            _session.Close();
        }
        catch (Exception e)
        {
            // The session is the application's code, and this may be the timer's thread.
            Connection.Engine.LogFailure(e, Connection.Id);
        }
    }

    public override void Dispose() => _reader.Dispose();

    /// <summary>Ends the transport because its session has.</summary>
    public void OnSessionEnded()
    {
        Notify(CloseReasons.TransportClose, null);
        Abort();
    }

    /// <summary>Ends the transport because the client has opened another stream, which the protocol forbids.</summary>
    public void OnSecondStream() => Fail(CloseReasons.TransportError, "a session has one stream");

    protected override bool ReadMessages(ref ReadOnlySequence<byte> buffer)
    {
        while (!StopsReading() && TryReadPacket(ref buffer, out var packet))
        {
            Listener?.OnPacket(this, packet);
            if (IsClosing)
            {
                return Skip(ref buffer);
            }

            if (!EnterBatch())
            {
                return true;
            }
        }

        return true;
    }

    protected override bool Skip(ref ReadOnlySequence<byte> buffer)
    {
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    // The protocol has no word for the end: the stream ends, and then the session.
    protected override void WriteClose()
    {
    }

    protected override void OnCloseSent() => Input.CancelPendingRead();

    private bool TryReadPacket(ref ReadOnlySequence<byte> buffer, out EnginePacket packet)
    {
        try
        {
            if (_reader.TryRead(ref buffer, out var message, out var isBinary))
            {
                packet = Codec.DecodeMessage(message, isBinary);
                return true;
            }
        }
        catch (EngineFormatException e)
        {
            Fail(CloseReasons.ParseError, e.Message);
            Skip(ref buffer);
        }

        packet = default;
        return false;
    }
}
