// The WebSocket transport: RFC 6455 bytes over a pipe, whatever carries it.
using System.Buffers;
using System.Net.WebSockets;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>One client's WebSocket.</summary>
internal sealed class WebSocketTransport : PipeTransport
{
    private readonly WebSocketCarrier _carrier;
    private readonly WebSocketMessageReader _reader;
    private readonly WebSocketFraming _framing;
    private readonly List<EnginePacket>? _payload;
    private readonly string _name;
    private bool _discarding;
    private WebSocketCloseFinder? _closeFinder;
    private ushort _closeCode;
    private byte[]? _pong;

    public WebSocketTransport(EngineConnection connection, WebSocketCarrier carrier, EngineCodec codec, bool deflate, string name = TransportNames.WebSocket)
        : base(connection, carrier.Pipe, codec)
    {
        var options = connection.Engine.Options;
        _carrier = carrier;
        _name = name;
        _reader = new WebSocketMessageReader(options.MaxHttpBufferSize, masked: true, deflate);
        _framing = deflate ? connection.Engine.DeflateFraming : WebSocketFraming.Plain;
        _payload = codec.MessagesArePayloads ? [] : null;
    }

    public override string Name => _name;

    public override bool TryWrite(in EnginePacket packet, bool compress)
    {
        if (!CanWrite || HasMuchToFlush)
        {
            return false;
        }

        var framing = compress ? _framing : WebSocketFraming.Plain;
        if (IsCurrent)
        {
            framing.Write(Output, Codec, packet);
        }
        else
        {
            framing.WriteAll(Output, Codec, packet);
        }

        Unflushed += packet.Data.Length + WebSocketFrame.MaxHeaderLength;
        return true;
    }

    public override bool TryWrite(EncodedMessage message)
    {
        if (!CanWrite || HasMuchToFlush)
        {
            return false;
        }

        if (!IsCurrent)
        {
            Unflushed += (message.Compress ? _framing : WebSocketFraming.Plain).WriteAll(Output, Codec, message);
            return true;
        }

        var frames = message.GetFrames(_framing);
        Output.Write(frames);
        Unflushed += frames.Length;
        return true;
    }

    // Most clients are, and their codec has one form alone.
    private bool IsCurrent => ReferenceEquals(Codec, EngineCodecV4.Instance);

    public override void Abort() => _carrier.Abort();

    public override void Dispose() => _reader.Dispose();

    protected override bool ReadMessages(ref ReadOnlySequence<byte> buffer)
    {
        try
        {
            while (!StopsReading() && _reader.TryRead(ref buffer, out var message))
            {
                if (!OnMessage(message))
                {
                    return false;
                }

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
        catch (WebSocketProtocolException e)
        {
            // What the client still sends is passed over unread, so that it can see the close frame and answer it.
            _closeFinder = new WebSocketCloseFinder();
            if (e.CloseCode == (ushort)WebSocketCloseStatus.MessageTooBig)
            {
                Connection.Engine.Bounds.Met(Bound.MaxHttpBufferSize);
            }

            SetCloseCode(e.CloseCode);
            Fail(CloseReasons.TransportError, e.Message);
            return Skip(ref buffer);
        }
    }

    // After the end only the peer's close frame is of interest: it lets the connection end without a reset.
    protected override bool Skip(ref ReadOnlySequence<byte> buffer)
    {
        if (_discarding)
        {
            buffer = buffer.Slice(buffer.End);
            return true;
        }

        try
        {
            while (_closeFinder is null)
            {
                if (!_reader.TryRead(ref buffer, out var message))
                {
                    return true;
                }

                if (message.Opcode == WebSocketOpcode.Close)
                {
                    return false;
                }
            }

            return !_closeFinder.TryFind(ref buffer);
        }
        catch (WebSocketProtocolException) when (_closeFinder is null)
        {
            _closeFinder = new WebSocketCloseFinder();
            return Skip(ref buffer);
        }
        catch (WebSocketProtocolException)
        {
            // These are no frames any more: only the end of the connection is of interest.
            _discarding = true;
            buffer = buffer.Slice(buffer.End);
            return true;
        }
    }

    protected override void WriteOwed()
    {
        if (_pong is { } payload)
        {
            _pong = null;
            WritePong(payload);
        }
    }

    protected override void WriteClose()
    {
        if (!IsCurrent && _closeCode == 0 && Connection.AnnouncesClose)
        {
            WebSocketFraming.Plain.WriteAll(Output, Codec, new EnginePacket(EnginePacketType.Close));
            Unflushed++;
        }

        var frame = Output.GetSpan(WebSocketFrame.MaxHeaderLength + 2);
        var length = _closeCode == 0
            ? WebSocketFrame.WriteHeader(frame, WebSocketOpcode.Close, 0)
            : WebSocketFrame.WriteClose(frame, _closeCode, default);
        Output.Advance(length);
        Unflushed += length;
    }

    private void WritePong(ReadOnlySpan<byte> payload)
    {
        var frame = Output.GetSpan(WebSocketFrame.MaxHeaderLength + payload.Length);
        var header = WebSocketFrame.WriteHeader(frame, WebSocketOpcode.Pong, payload.Length);
        payload.CopyTo(frame[header..]);
        Output.Advance(header + payload.Length);
        Unflushed += header + payload.Length;
    }

    private bool OnMessage(in WebSocketMessage message)
    {
        switch (message.Opcode)
        {
            case WebSocketOpcode.Text or WebSocketOpcode.Binary:
                EnginePacket packet;
                try
                {
                    if (_payload is not null)
                    {
                        OnPayload(_payload, message);
                        return true;
                    }

                    packet = Codec.DecodeMessage(message.Payload, message.Opcode == WebSocketOpcode.Binary);
                }
                catch (EngineFormatException e) when (Connection.Tolerates(e))
                {
                    return true;
                }
                catch (EngineFormatException e)
                {
                    Fail(CloseReasons.ParseError, e.Message);
                    return true;
                }

                Listener?.OnPacket(this, packet);
                return true;
            case WebSocketOpcode.Ping:
                lock (Connection.Gate)
                {
                    if (CanWrite)
                    {
                        WritePong(message.Payload.Span);
                    }
                    else
                    {
                        // The latest is enough (RFC 6455, 5.5.3); it leaves with the next flush.
                        _pong = message.Payload.ToArray();
                    }
                }

                if (Listener is not EngineConnection)
                {
                    Flush();
                }

                return true;
            case WebSocketOpcode.Close:
                SetCloseCode(message.Payload.Length >= 2 ? (ushort)(message.Payload.Span[0] << 8 | message.Payload.Span[1]) : (ushort)0);
                Fail(CloseReasons.TransportClose, null);
                return false;
            default:
                return true;
        }
    }

    private void OnPayload(List<EnginePacket> packets, in WebSocketMessage message)
    {
        Codec.DecodePayload(message.Payload, message.Opcode == WebSocketOpcode.Binary, packets);
        foreach (var packet in packets)
        {
            Listener?.OnPacket(this, packet);
        }

        packets.Clear();
    }

    private void SetCloseCode(ushort code)
    {
        lock (Connection.Gate)
        {
            if (!IsClosing)
            {
                _closeCode = code;
            }
        }
    }
}
