using System.Buffers;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>Valid input to begin from, and pieces that tend to matter.</summary>
internal static class FuzzSamples
{
    public static readonly byte[][] Packets = Utf8(
        "40", "40{}", "40{\"token\":1}", "40/any,{\"a\":1}", "40/any", "40/dyn-a1,", "40/nowhere,", "40{\"pid\":\"abcdefghijklmnopqrst\",\"offset\":\"0-1\"}", "41", "41/any,",
        "42[\"sum\",1,2]", "420[\"sum\",1,2]", "421[\"text\",\"é😀\"]", "422[\"number\",0.5,null]", "423[\"any\",{\"a\":[1,null]},7]", "424[\"list\",[\"a\"],{\"b\":1}]",
        "425[\"all\",1,\"x\",{\"a\":[true]}]", "426[\"later\",7]", "42[\"ask\"]", "42[\"throw\"]", "42[\"join\",\"room\"]", "42[\"leave\",\"room\"]", "42[\"tell\",\"room\",[1]]", "42[\"go\"]",
        "42/any,7[\"all\",{\"deep\":[[[[]]]]}]", "42/dyn-a1,8[\"sum\",3,4]", "430[\"answer\"]", "431[]", "44{\"message\":\"x\"}",
        "451-[\"binary\",{\"_placeholder\":true,\"num\":0}]", "452-7[\"all\",{\"num\":1,\"_placeholder\":true},{\"_placeholder\":true,\"num\":0}]", "451-9[\"stream\",{\"_placeholder\":true,\"num\":0}]",
        "461-0[{\"_placeholder\":true,\"num\":0}]", "0", "1", "2", "2probe", "3", "3probe", "4", "5", "6", "bAQID", "b");

    public static readonly byte[][] PacketDictionary = Utf8(
        "-", ",", "/", "[", "]", "{", "}", "\"", "\\", "\\u", "\\ud800", "\\u0000", "0", "1", "99999999999999999999", "1e999", "-0", "null", "true", " ", "\n", "\u001e", "/any,", "/dyn-b,",
        "{\"_placeholder\":true,\"num\":0}", "{\"_placeholder\":true,\"num\":9}", "\"sum\"", "\"all\"", "\"disconnect\"", "\"connect\"", "[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]", "40", "42", "451-");

    public static readonly byte[][] MessagePackPackets =
    [
        Pack(PacketType.Connect),
        Pack(PacketType.Connect, "{\"token\":1}"),
        Pack(PacketType.Connect, "{\"a\":1}", ns: "/any"),
        Pack(PacketType.Connect, ns: "/dyn-a1"),
        Pack(PacketType.Disconnect),
        Pack(PacketType.Event, "[\"sum\",1,2]", 0),
        Pack(PacketType.Event, "[\"text\",\"é😀\"]", 1),
        Pack(PacketType.Event, "[\"all\",1,\"x\",{\"a\":[true,null,0.5]}]", 2),
        Pack(PacketType.Event, "[\"ask\"]"),
        Pack(PacketType.Event, "[\"join\",\"room\"]"),
        Pack(PacketType.Event, "[\"tell\",\"room\",[1]]"),
        Pack(PacketType.Event, "[\"list\",[\"a\"],{\"b\":1}]", 3, "/any"),
        Pack(PacketType.Event, "[\"binary\",{\"_placeholder\":true,\"num\":0}]", 4, attachments: [new byte[] { 1, 2, 3 }]),
        Pack(PacketType.Event, "[\"all\",{\"_placeholder\":true,\"num\":0}]", 5, attachments: [new byte[300]]),
        Pack(PacketType.Ack, "[\"answer\"]", 0),
        Pack(PacketType.ConnectError, "{\"message\":\"x\"}"),
    ];

    public static readonly byte[][] MessagePackDictionary =
    [
        [0xc0], [0xc1], [0xc2], [0xc4, 1, 1], [0xc5, 0, 1, 1], [0xc6, 0xff, 0xff, 0xff, 0xff], [0xc7, 2, 0, 1, 2], [0xca, 0x7f, 0xc0, 0, 0], [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], [0xd9, 3, 0xed, 0xa0, 0x80], [0xdb, 0x7f, 0xff, 0xff, 0xff], [0xdd, 0xff, 0xff, 0xff, 0xff], [0xdf, 0x80, 0, 0, 0], [0x91, 0x91, 0x91], [0x81, 1], [0xff], [0x90], [0x80],
    ];

    // {sid} is replaced by the id of a session that is alive, {body} by a payload.
    public static readonly byte[][] Requests = Utf8(
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, deflate;q=0.5\r\n\r\n",
        "POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 2\r\n\r\n40",
        "POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n40\r\n0\r\n\r\n",
        "POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n40",
        "POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 2\r\n\r\n40",
        "GET /socket.io/?EIO=4&transport=polling&j=0 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /socket.io/?EIO=4&transport=polling&j=0&sid={sid} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4\r\n\r\nd=40",
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n\u0081\u0080\0\0\0\0",
        "GET /socket.io/?EIO=4&transport=websocket&sid={sid} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "OPTIONS /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: POST\r\n\r\n",
        "PUT /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "GET /socket.io/?EIO=3&transport=polling&b64=1&t=Q7uOnH4 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /socket.io/?EIO=2&transport=polling&j=0 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /socket.io/?EIO=3&transport=polling&sid={sid} HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\n\0\u0002\u00ff40",
        "GET /msgpack/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    public static readonly byte[][] RequestDictionary = Utf8(
        "EIO=3", "EIO=", "transport=webtransport", "transport=__proto__", "sid=%00", "sid=", "&j=%22%3Balert", "&b64=1", "%F0%9F%98%80", "?", "&", "=", "/", "//", "..", "\r\n", "\n", ":", " ", "\0", "\u00ff",
        "Host: b\r\n", "Origin: \u0001\r\n", "Content-Length: -1\r\n", "Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Upgrade: h2c\r\n", "Connection: close\r\n",
        "Sec-WebSocket-Version: 8\r\n", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n", "Accept-Encoding: br;q=x\r\n", "Content-Encoding: gzip\r\n", "HTTP/1.0", "HTTP/2.0",
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n");

    private static byte[][] Utf8(params string[] texts) => Array.ConvertAll(texts, Encoding.UTF8.GetBytes);

    private static byte[] Pack(PacketType type, string payload = "", long id = -1, string ns = "", ReadOnlyMemory<byte>[]? attachments = null)
    {
        var output = new ArrayBufferWriter<byte>();
        PacketParser.MessagePack.Encoder.Encode(new Packet(type, Encoding.UTF8.GetBytes(ns), id, Encoding.UTF8.GetBytes(payload), attachments), output);
        return output.WrittenSpan.ToArray();
    }
}
