using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Header = SocketIO.Protocol.WebSocketDraftHeaders.Header;

namespace SocketIO.Protocol;

/// <summary>
/// A request that asks for a WebSocket by one of the drafts, as the header block that begins a connection. It can be written anew as the upgrade request of
/// RFC 6455 that says the same, and, for the hixie drafts, be answered as they have it.
/// </summary>
public sealed class WebSocketDraftRequest
{
    // Of nothing: its answer is not seen by anybody.
    private static ReadOnlySpan<byte> UpgradeHeaders =>
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"u8;

    private readonly byte[] _block;
    private readonly WebSocketDraftHeaders _headers;
    private readonly uint _number1;
    private readonly uint _number2;

    private WebSocketDraftRequest(byte[] block, in WebSocketDraftHeaders headers, WebSocketDrafts draft)
    {
        _block = block;
        _headers = headers;
        Draft = draft;
        if (draft == WebSocketDrafts.Hixie76
            && !(HixieHandshake.TryReadKey(Get(Header.Key1), out _number1) && HixieHandshake.TryReadKey(Get(Header.Key2), out _number2)))
        {
            WebSocketProtocolException.ThrowProtocolError("A key of hixie-76 has digits, and spaces that divide their number without a rest.");
        }
    }

    /// <summary>The draft; one of them.</summary>
    public WebSocketDrafts Draft { get; }

    /// <summary>The length of the header block in bytes, the empty line included.</summary>
    public int Length => _block.Length;

    /// <summary>Looks whether what begins a connection is such a request. Nothing is consumed, and copied only what is one.</summary>
    /// <remarks>
    /// Whatever is not certainly one is not one: a header of these twice, a line that is not well-formed, a character in what would be echoed that is not visible
    /// ASCII. hixie-75, which has no headers of its own, is told by <c>Upgrade: WebSocket</c>, written so.
    /// </remarks>
    /// <param name="input">What was received so far.</param>
    /// <param name="accepted">The drafts to look for.</param>
    /// <param name="request">The request, if it is <see cref="OperationStatus.Done"/>.</param>
    /// <returns><see cref="OperationStatus.NeedMoreData"/>: it may become one. <see cref="OperationStatus.InvalidData"/>: it is something else.</returns>
    /// <exception cref="WebSocketProtocolException">It is hixie-76, but its keys are none; such a connection is to be dropped.</exception>
    public static OperationStatus TryRead(in ReadOnlySequence<byte> input, WebSocketDrafts accepted, out WebSocketDraftRequest? request)
    {
        request = null;
        if (!MayBegin(in input))
        {
            return OperationStatus.InvalidData;
        }

        var reader = new SequenceReader<byte>(input);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> _, "\r\n\r\n"u8))
        {
            return OperationStatus.NeedMoreData;
        }

        ReadOnlySequence<byte> block = input.Slice(0, reader.Consumed);
        ReadOnlySpan<byte> bytes = block.IsSingleSegment ? block.FirstSpan : block.ToArray();
        if (!WebSocketDraftHeaders.TryRead(bytes, out WebSocketDraftHeaders headers) || !IsGet(bytes[headers[Header.RequestLine]], out _))
        {
            return OperationStatus.InvalidData;
        }

        WebSocketDrafts draft = Recognize(bytes, in headers) & accepted;
        if (draft == WebSocketDrafts.None)
        {
            return OperationStatus.InvalidData;
        }

        request = new WebSocketDraftRequest(bytes.ToArray(), in headers, draft);
        return OperationStatus.Done;
    }

    /// <summary>Writes the upgrade request of RFC 6455 that says the same: request line, <c>Origin</c>, cookies and all else are kept.</summary>
    /// <param name="output">Where it is written.</param>
    public void WriteUpgrade(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        bool isHybi = Draft == WebSocketDrafts.Hybi;
        var lines = new HttpHeaderLines(_block);
        while (lines.MoveNext())
        {
            switch (WebSocketDraftHeaders.Find(lines.Name))
            {
                case Header.Version:
                    output.Write("Sec-WebSocket-Version: 13\r\n"u8);
                    break;
                case Header.DraftOrigin when isHybi && !Has(Header.Origin):
                    WriteHeader(output, "Origin: "u8, _block.AsSpan(lines.Value));
                    break;
                case Header.Connection or Header.Upgrade or Header.Key1 or Header.Key2 or Header.Extensions when !isHybi:
                    break;
                default:
                    output.Write(lines.Line);
                    break;
            }
        }

        if (!isHybi)
        {
            output.Write(UpgradeHeaders);
        }

        output.Write("\r\n"u8);
    }

    /// <summary>
    /// Writes the header block that accepts a request of hixie-75 or -76, in the order that its clients expect; in 76 the digest follows
    /// (<see cref="ComputeDigest"/>).
    /// </summary>
    /// <param name="output">Where it is written.</param>
    /// <param name="isSecure">Whether the client came by TLS: the client compares.</param>
    /// <param name="host">The host and port that the client asked for; <see langword="null"/>: as the request says.</param>
    /// <exception cref="ArgumentException">The host has other characters than those of visible ASCII.</exception>
    /// <exception cref="InvalidOperationException">The draft is answered like RFC 6455.</exception>
    public void WriteAnswer(IBufferWriter<byte> output, bool isSecure, string? host = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (Draft == WebSocketDrafts.Hybi)
        {
            throw new InvalidOperationException("Versions 7 and 8 are answered like RFC 6455.");
        }

        ReadOnlySpan<byte> hostBytes = host is null ? Get(Header.Host) : Encoding.UTF8.GetBytes(host);
        if (!IsVisible(hostBytes))
        {
            throw new ArgumentException($"'{host}' is no host: only visible ASCII may be in a header.", nameof(host));
        }

        bool is76 = Draft == WebSocketDrafts.Hixie76;
        ReadOnlySpan<byte> prefix = is76 ? "Sec-"u8 : default;
        output.Write(is76 ? "HTTP/1.1 101 WebSocket Protocol Handshake\r\n"u8 : "HTTP/1.1 101 Web Socket Protocol Handshake\r\n"u8);
        output.Write("Upgrade: WebSocket\r\nConnection: Upgrade\r\n"u8);
        if (Has(Header.Origin))
        {
            output.Write(prefix);
            WriteHeader(output, "WebSocket-Origin: "u8, Get(Header.Origin));
        }

        output.Write(prefix);
        output.Write(isSecure ? "WebSocket-Location: wss://"u8 : "WebSocket-Location: ws://"u8);
        output.Write(hostBytes);
        IsGet(Get(Header.RequestLine), out Range target);
        WriteHeader(output, default, Get(Header.RequestLine)[target]);
        Header protocol = is76 ? Header.Protocol : Header.HixieProtocol;
        if (Has(protocol))
        {
            output.Write(prefix);
            WriteHeader(output, "WebSocket-Protocol: "u8, Get(protocol));
        }

        output.Write("\r\n"u8);
    }

    /// <summary>Computes the digest of hixie-76, which follows the answer's header block.</summary>
    /// <param name="body">The <see cref="HixieHandshake.BodyLength"/> bytes behind the request's header block.</param>
    /// <param name="digest">Where the <see cref="HixieHandshake.DigestLength"/> bytes are written.</param>
    /// <exception cref="ArgumentException">The body has another length, or the destination is too short.</exception>
    public void ComputeDigest(ReadOnlySpan<byte> body, Span<byte> digest) => HixieHandshake.ComputeDigest(_number1, _number2, body, digest);

    private static bool MayBegin(in ReadOnlySequence<byte> input)
    {
        ReadOnlySpan<byte> expected = "GET /"u8;
        Span<byte> begin = stackalloc byte[expected.Length];
        begin = begin[..(int)Math.Min(input.Length, begin.Length)];
        input.Slice(0, begin.Length).CopyTo(begin);
        return expected.StartsWith(begin);
    }

    private static bool IsGet(ReadOnlySpan<byte> line, out Range target)
    {
        ReadOnlySpan<byte> method = "GET "u8;
        ReadOnlySpan<byte> version = " HTTP/1.1"u8;
        target = method.Length..Math.Max(method.Length, line.Length - version.Length);
        return line.StartsWith(method) && line.EndsWith(version) && line[target] is [(byte)'/', ..] && IsVisible(line[target]);
    }

    private static WebSocketDrafts Recognize(ReadOnlySpan<byte> block, in WebSocketDraftHeaders headers)
    {
        ReadOnlySpan<byte> upgrade = block[headers[Header.Upgrade]];
        if (!Ascii.EqualsIgnoreCase(upgrade, "websocket"u8))
        {
            return WebSocketDrafts.None;
        }

        if (Has(in headers, Header.Version))
        {
            return block[headers[Header.Version]] is [(byte)'7' or (byte)'8'] ? WebSocketDrafts.Hybi : WebSocketDrafts.None;
        }

        bool isHixie = !Has(in headers, Header.Key)
            && !Has(in headers, Header.Draft)
            && Has(in headers, Header.Host)
            && Ascii.EqualsIgnoreCase(block[headers[Header.Connection]], "Upgrade"u8)
            && IsVisible(block[headers[Header.Host]])
            && IsVisible(block[headers[Header.Origin]])
            && IsVisible(block[headers[Header.Protocol]])
            && IsVisible(block[headers[Header.HixieProtocol]]);
        return (isHixie, Has(in headers, Header.Key1), Has(in headers, Header.Key2)) switch
        {
            (true, true, true) => WebSocketDrafts.Hixie76,
            (true, false, false) when upgrade.SequenceEqual("WebSocket"u8) => WebSocketDrafts.Hixie75,
            _ => WebSocketDrafts.None,
        };
    }

    private static bool Has(in WebSocketDraftHeaders headers, Header header) => !headers[header].Equals(default);

    private static bool IsVisible(ReadOnlySpan<byte> text) => !text.ContainsAnyExceptInRange((byte)'!', (byte)'~');

    private static void WriteHeader(IBufferWriter<byte> output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        output.Write(name);
        output.Write(value);
        output.Write("\r\n"u8);
    }

    private bool Has(Header header) => Has(in _headers, header);

    private ReadOnlySpan<byte> Get(Header header) => _block.AsSpan(_headers[header]);
}
