using System.Buffers;
using System.Globalization;
using System.Text;

namespace SocketIO.Conformance.Tests;

/// <summary>An HTTP/1.1 message while it comes in, recorded or live: its head, and its body as far as it has come.</summary>
internal sealed class HttpTape
{
    private readonly ArrayBufferWriter<byte> _head = new();
    private readonly ArrayBufferWriter<byte> _body = new();
    private readonly ArrayBufferWriter<byte> _chunkLine = new();
    private long _remaining;
    private Framing _framing;

    private enum Framing
    {
        Head,
        Length,
        ChunkSize,
        ChunkData,
        ChunkEnd,
        Trailer,

        /// <summary>The rest of the connection: after an upgrade, or until the end.</summary>
        Rest,
        Done,
    }

    /// <summary>The request or status line.</summary>
    public string StartLine { get; private set; } = "";

    /// <summary>The headers, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; private set; } = [];

    /// <summary>The body without its transfer coding; of an upgraded connection all that follows the head.</summary>
    public ReadOnlyMemory<byte> Body => _body.WrittenMemory;

    public string Text => Encoding.UTF8.GetString(Body.Span);

    public bool HasHead => _framing != Framing.Head;

    public bool IsComplete => _framing == Framing.Done;

    /// <summary>Whether the head has left HTTP: the connection speaks a WebSocket draft from then on.</summary>
    public bool IsUpgrade => Header("Upgrade") is not null;

    public int StatusCode => int.Parse(StartLine.Split(' ')[1], CultureInfo.InvariantCulture);

    public string Method => StartLine.Split(' ')[0];

    public string Target => StartLine.Split(' ')[1];

    /// <summary>The value of a header; null where there is none.</summary>
    public string? Header(string name) =>
        Headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>Takes in bytes.</summary>
    /// <returns>How many of them belonged to this message.</returns>
    public int Feed(ReadOnlySpan<byte> data)
    {
        var taken = 0;
        while (taken < data.Length && !IsComplete)
        {
            taken += FeedOnce(data[taken..]);
        }

        return taken;
    }

    /// <summary>The connection has ended.</summary>
    public void End() => _framing = _framing == Framing.Rest ? Framing.Done : _framing;

    private int FeedOnce(ReadOnlySpan<byte> data)
    {
        switch (_framing)
        {
            case Framing.Head:
                _head.Write(data[..1]);
                if (_head.WrittenSpan.EndsWith("\r\n\r\n"u8))
                {
                    ReadHead(Encoding.Latin1.GetString(_head.WrittenSpan));
                }

                return 1;
            case Framing.Rest:
                _body.Write(data);
                return data.Length;
            case Framing.Length or Framing.ChunkData:
                var count = (int)Math.Min(_remaining, data.Length);
                _body.Write(data[..count]);
                _remaining -= count;
                if (_remaining == 0)
                {
                    _framing = _framing == Framing.Length ? Framing.Done : Framing.ChunkEnd;
                }

                return count;
            default:
                return FeedChunkLine(data[..1]);
        }
    }

    private int FeedChunkLine(ReadOnlySpan<byte> value)
    {
        _chunkLine.Write(value);
        if (!_chunkLine.WrittenSpan.EndsWith("\r\n"u8))
        {
            return 1;
        }

        var line = Encoding.ASCII.GetString(_chunkLine.WrittenSpan).TrimEnd();
        _chunkLine.ResetWrittenCount();
        if (_framing == Framing.ChunkSize)
        {
            _remaining = long.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            _framing = _remaining == 0 ? Framing.Trailer : Framing.ChunkData;
        }
        else
        {
            _framing = _framing == Framing.ChunkEnd ? Framing.ChunkSize : Framing.Done;
        }

        return 1;
    }

    private void ReadHead(string head)
    {
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        StartLine = lines[0];
        Headers = [.. lines[1..].Select(static line => line.Split(':', 2)).Select(static pair => KeyValuePair.Create(pair[0], pair[1].Trim()))];
        var isRequest = !StartLine.StartsWith("HTTP/", StringComparison.Ordinal);
        if (IsUpgrade)
        {
            _framing = Framing.Rest;
        }
        else if (!isRequest && StatusCode is 204 or 304)
        {
            _framing = Framing.Done;
        }
        else if (Header("Content-Length") is { } length)
        {
            _remaining = long.Parse(length, CultureInfo.InvariantCulture);
            _framing = _remaining == 0 ? Framing.Done : Framing.Length;
        }
        else if (Header("Transfer-Encoding") == "chunked")
        {
            _framing = Framing.ChunkSize;
        }
        else
        {
            _framing = isRequest ? Framing.Done : Framing.Rest;
        }
    }
}
