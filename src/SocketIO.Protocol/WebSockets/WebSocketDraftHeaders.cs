using System.Runtime.CompilerServices;
using System.Text;

namespace SocketIO.Protocol;

/// <summary>The headers of a request that say by which draft a WebSocket is asked for.</summary>
internal struct WebSocketDraftHeaders
{
    private Values _values;

    /// <summary>The names that matter.</summary>
    public enum Header
    {
        Other,
        RequestLine,
        Connection,
        Host,
        Origin,
        Upgrade,
        Version,
        Key,
        Key1,
        Key2,
        Draft,
        DraftOrigin,
        Protocol,
        HixieProtocol,
        Extensions,
    }

    /// <summary>Where in the block a header's value is; empty if there is none.</summary>
    public readonly Range this[Header header] => _values[(int)header];

    /// <summary>Reads a block; false if it has doubtful lines, or one of these headers twice.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, out WebSocketDraftHeaders headers)
    {
        headers = default;
        var lines = new HttpHeaderLines(block);
        while (lines.MoveNext())
        {
            Header header = Find(lines.Name);
            if (header == Header.Other)
            {
                continue;
            }

            ref Range value = ref headers._values[(int)header];
            if (!value.Equals(default))
            {
                return false;
            }

            value = lines.Value;
        }

        return !lines.IsDoubtful;
    }

    public static Header Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        0 => Header.RequestLine,
        4 when Is(name, "Host"u8) => Header.Host,
        6 when Is(name, "Origin"u8) => Header.Origin,
        7 when Is(name, "Upgrade"u8) => Header.Upgrade,
        10 when Is(name, "Connection"u8) => Header.Connection,
        17 when Is(name, "Sec-WebSocket-Key"u8) => Header.Key,
        18 when Is(name, "Sec-WebSocket-Key1"u8) => Header.Key1,
        18 when Is(name, "Sec-WebSocket-Key2"u8) => Header.Key2,
        18 when Is(name, "WebSocket-Protocol"u8) => Header.HixieProtocol,
        19 when Is(name, "Sec-WebSocket-Draft"u8) => Header.Draft,
        20 when Is(name, "Sec-WebSocket-Origin"u8) => Header.DraftOrigin,
        21 when Is(name, "Sec-WebSocket-Version"u8) => Header.Version,
        22 when Is(name, "Sec-WebSocket-Protocol"u8) => Header.Protocol,
        24 when Is(name, "Sec-WebSocket-Extensions"u8) => Header.Extensions,
        _ => Header.Other,
    };

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(name, expected);

    [InlineArray((int)Header.Extensions + 1)]
    private struct Values
    {
        private Range _first;
    }
}
