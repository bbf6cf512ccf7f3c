using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

/// <summary>Which requests are of a draft, what they become, and how they are answered.</summary>
[Trait("Feature", "K-29")]
public class WebSocketDraftRequestTests
{
    private const string Hixie75 =
        "GET /socket.io/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://x\r\n\r\n";

    private const string Hixie76 =
        "GET /socket.io/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n"
        + "Sec-WebSocket-Protocol: sample\r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nOrigin: http://example.com\r\n\r\n";

    private const string Version8 =
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Origin: http://b\r\nSec-WebSocket-Version: 8\r\nCookie: c=d\r\n\r\n";

    private const string Rfc =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    private const string Upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

    public static TheoryData<string, string> NoDrafts => new()
    {
        { "RFC 6455", Rfc },
        { "RFC 6455 as some proxies write it", Rfc.Replace("websocket", "WebSocket", StringComparison.Ordinal) },
        { "RFC 6455 without a version", Rfc.Replace("Sec-WebSocket-Version: 13\r\n", "", StringComparison.Ordinal).Replace("websocket", "WebSocket", StringComparison.Ordinal) },
        { "a version that never was", Version8.Replace("Version: 8", "Version: 88", StringComparison.Ordinal) },
        { "two versions", Version8.Replace("Cookie: c=d", "Sec-WebSocket-Version: 13", StringComparison.Ordinal) },
        { "no upgrade", "GET / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { "another upgrade", Hixie75.Replace("Upgrade: WebSocket", "Upgrade: h2c", StringComparison.Ordinal) },
        { "hixie-75 in another case", Hixie75.Replace("WebSocket", "websocket", StringComparison.Ordinal) },
        { "one key only", Hixie76.Replace("Sec-WebSocket-Key2", "Sec-WebSocket-Key3", StringComparison.Ordinal) },
        { "keys of both kinds", Hixie76.Replace("Origin: ", "Sec-WebSocket-Key: ", StringComparison.Ordinal) },
        { "a later draft of hixie's", Hixie76.Replace("Origin: http://example.com", "Sec-WebSocket-Draft: 2", StringComparison.Ordinal) },
        { "no host", Hixie76.Replace("Host", "Hose", StringComparison.Ordinal) },
        { "two hosts", Hixie76.Replace("Origin: ", "Host: ", StringComparison.Ordinal) },
        { "two origins", Hixie76.Replace("Host: 127.0.0.1", "Host: a\r\norigin: b", StringComparison.Ordinal) },
        { "a connection that is kept", Hixie76.Replace("Connection: Upgrade", "Connection: keep-alive", StringComparison.Ordinal) },
        { "HTTP/1.0", Hixie76.Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal) },
        { "a proxy's target", Hixie76.Replace("GET /", "GET http://a/", StringComparison.Ordinal) },
        { "a target with a space", Hixie76.Replace("/websocket", "/web socket", StringComparison.Ordinal) },
        { "a target that is not ASCII", Hixie76.Replace("/websocket", "/wébsocket", StringComparison.Ordinal) },
        { "an origin with a line feed", Hixie76.Replace("http://example.com", "http://e\nX-Injected: 1", StringComparison.Ordinal) },
        { "an origin with a carriage return", Hixie76.Replace("http://example.com", "http://e\rX-Injected: 1", StringComparison.Ordinal) },
        { "an origin with a zero", Hixie76.Replace("http://example.com", "http://e\0", StringComparison.Ordinal) },
        { "an origin that is not ASCII", Hixie76.Replace("http://example.com", "http://é", StringComparison.Ordinal) },
        { "an origin with an escape", Hixie76.Replace("http://example.com", "http://\u001b[2J", StringComparison.Ordinal) },
        { "a host with a space", Hixie76.Replace("127.0.0.1", "127.0.0.1 x", StringComparison.Ordinal) },
        { "a host with a control character", Hixie76.Replace("127.0.0.1", "127.0.0.1\u0001", StringComparison.Ordinal) },
        { "a protocol with a tab", Hixie76.Replace("sample", "sam\tple", StringComparison.Ordinal) },
        { "a folded header", Hixie76.Replace("Origin: ", "Origin:\r\n ", StringComparison.Ordinal) },
        { "a header without a name", Hixie76.Replace("Origin: ", ": ", StringComparison.Ordinal) },
        { "a header without a colon", Hixie76.Replace("Origin: ", "Origin ", StringComparison.Ordinal) },
        { "a space before the colon", Hixie76.Replace("Origin: ", "Origin : ", StringComparison.Ordinal) },
        { "a zero in any header", Hixie76.Replace("Host: ", "X: \0\r\nHost: ", StringComparison.Ordinal) },
        { "POST", Hixie76.Replace("GET ", "POST ", StringComparison.Ordinal) },
        { "TLS", "\u0016\u0003\u0001" },
        { "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
        { "the policy request", "<policy-file-request/>\0" },
    };

    [Theory]
    [InlineData(Hixie75, WebSocketDrafts.Hixie75)]
    [InlineData(Hixie76, WebSocketDrafts.Hixie76)]
    [InlineData(Version8, WebSocketDrafts.Hybi)]
    public void A_draft_is_known_by_its_headers(string text, WebSocketDrafts draft)
    {
        Assert.Equal(OperationStatus.Done, Read(text + "what follows", out WebSocketDraftRequest? request));
        Assert.Equal(draft, request!.Draft);
        Assert.Equal(text.Length, request.Length);
    }

    [Theory]
    [InlineData(Hixie75)]
    [InlineData(Hixie76)]
    [InlineData(Version8)]
    public void A_draft_is_known_however_its_bytes_arrive(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        for (int split = 0; split <= bytes.Length; split++)
        {
            Assert.Equal(
                split == bytes.Length ? OperationStatus.Done : OperationStatus.NeedMoreData,
                WebSocketDraftRequest.TryRead(new ReadOnlySequence<byte>(bytes[..split]), WebSocketDrafts.All, out _));
            Assert.Equal(
                OperationStatus.Done,
                WebSocketDraftRequest.TryRead(Frames.Segmented([], bytes[..split], [], bytes[split..]), WebSocketDrafts.All, out WebSocketDraftRequest? request));
            Assert.Equal(text.Length, request!.Length);
        }
    }

    [Theory]
    [InlineData(Hixie75, WebSocketDrafts.Hixie75)]
    [InlineData(Hixie76, WebSocketDrafts.Hixie76)]
    [InlineData(Version8, WebSocketDrafts.Hybi)]
    public void A_draft_that_is_not_accepted_is_left_alone(string text, WebSocketDrafts draft) =>
        Assert.Equal(
            OperationStatus.InvalidData,
            WebSocketDraftRequest.TryRead(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(text)), WebSocketDrafts.All & ~draft, out _));

    [Theory]
    [MemberData(nameof(NoDrafts))]
    public void Whatever_is_not_certainly_of_a_draft_is_left_alone(string name, string text)
    {
        Assert.True(Read(text, out WebSocketDraftRequest? request) == OperationStatus.InvalidData, name);
        Assert.Null(request);
    }

    [Theory]
    [InlineData("4 @1  46546xW%0l 1 6")]
    [InlineData("4@146546xW%0l15")]
    [InlineData("x ")]
    [InlineData("99999999999999999999 9")]
    [InlineData("")]
    public void Keys_that_are_none_end_the_connection(string key) =>
        Assert.Throws<WebSocketProtocolException>(() => Read(Hixie76.Replace("4 @1  46546xW%0l 1 5", key, StringComparison.Ordinal), out _));

    [Theory]
    [InlineData(Hixie75, "GET /socket.io/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://x\r\n" + Upgrade)]
    [InlineData(Hixie76, "GET /socket.io/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-WebSocket-Protocol: sample\r\nOrigin: http://example.com\r\n" + Upgrade)]
    [InlineData(
        Version8,
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://b\r\nSec-WebSocket-Version: 13\r\nCookie: c=d\r\n\r\n")]
    public void A_request_becomes_the_upgrade_of_RFC_6455_that_says_the_same(string text, string expected) =>
        Assert.Equal(expected, Write(text, static (request, output) => request.WriteUpgrade(output)));

    [Fact]
    public void What_the_draft_knows_nothing_of_is_kept_except_extensions()
    {
        string text = Hixie76.Replace("Host: ", "Cookie: a=\u00e9\r\nsec-websocket-extensions: permessage-deflate\r\nAuthorization: Basic x\r\nHost: ", StringComparison.Ordinal);

        string upgrade = Write(text, static (request, output) => request.WriteUpgrade(output));

        Assert.Contains("Cookie: a=\u00e9\r\nAuthorization: Basic x\r\nHost: 127.0.0.1\r\n", upgrade, StringComparison.Ordinal);
        Assert.DoesNotContain("extensions", upgrade, StringComparison.Ordinal);
    }

    [Fact]
    public void An_origin_of_version_8_does_not_replace_a_real_one()
    {
        string upgrade = Write(Version8.Replace("Cookie: c=d", "Origin: http://e", StringComparison.Ordinal), static (request, output) => request.WriteUpgrade(output));

        Assert.Contains("Sec-WebSocket-Origin: http://b\r\n", upgrade, StringComparison.Ordinal);
        Assert.Contains("\r\nOrigin: http://e\r\n", upgrade, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        Hixie75,
        "HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nWebSocket-Origin: http://x\r\n"
        + "WebSocket-Location: ws://127.0.0.1/socket.io/websocket\r\n\r\n")]
    [InlineData(
        Hixie76,
        "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Origin: http://example.com\r\n"
        + "Sec-WebSocket-Location: ws://127.0.0.1/socket.io/websocket\r\nSec-WebSocket-Protocol: sample\r\n\r\n")]
    public void The_answer_is_byte_for_byte_that_of_the_servers_of_the_time(string text, string expected) =>
        Assert.Equal(expected, Write(text, static (request, output) => request.WriteAnswer(output, isSecure: false)));

    [Fact]
    public void The_location_is_the_one_that_the_client_asked_for() =>
        Assert.Contains(
            "\r\nSec-WebSocket-Location: wss://chat.example.com:8443/socket.io/websocket\r\n",
            Write(Hixie76, static (request, output) => request.WriteAnswer(output, isSecure: true, "chat.example.com:8443")),
            StringComparison.Ordinal);

    [Fact]
    public void A_protocol_of_hixie_75_is_echoed_in_its_own_header() =>
        Assert.EndsWith(
            "websocket\r\nWebSocket-Protocol: sample\r\n\r\n",
            Write(Hixie75.Replace("Host: ", "WebSocket-Protocol: sample\r\nHost: ", StringComparison.Ordinal), static (request, output) => request.WriteAnswer(output, isSecure: false)),
            StringComparison.Ordinal);

    [Fact]
    public void Without_an_origin_none_is_echoed() =>
        Assert.Equal(
            "HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nWebSocket-Location: ws://127.0.0.1/socket.io/websocket\r\n\r\n",
            Write(Hixie75.Replace("Origin: http://x\r\n", "", StringComparison.Ordinal), static (request, output) => request.WriteAnswer(output, isSecure: false)));

    [Theory]
    [InlineData("a\r\nX-Injected: 1")]
    [InlineData("a b")]
    [InlineData("é")]
    public void A_host_that_would_inject_a_header_is_refused(string host) =>
        Assert.Throws<ArgumentException>(() => Write(Hixie76, (request, output) => request.WriteAnswer(output, isSecure: false, host)));

    [Fact]
    public void Version_8_is_not_answered_like_hixie() =>
        Assert.Throws<InvalidOperationException>(() => Write(Version8, static (request, output) => request.WriteAnswer(output, isSecure: false)));

    [Fact]
    public void The_digest_is_that_of_the_request()
    {
        Read(Hixie76, out WebSocketDraftRequest? request);
        byte[] digest = new byte[HixieHandshake.DigestLength];

        request!.ComputeDigest("^n:ds[4U"u8, digest);

        Assert.Equal("8jKS'y:G*Co,Wxa-", Encoding.Latin1.GetString(digest));
    }

    private static OperationStatus Read(string text, out WebSocketDraftRequest? request) =>
        WebSocketDraftRequest.TryRead(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(text)), WebSocketDrafts.All, out request);

    private static string Write(string text, Action<WebSocketDraftRequest, IBufferWriter<byte>> write)
    {
        Assert.Equal(OperationStatus.Done, Read(text, out WebSocketDraftRequest? request));
        var output = new ArrayBufferWriter<byte>();
        write(request!, output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
