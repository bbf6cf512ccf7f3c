using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class PerMessageDeflateTests
{
    private const string Basic = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    private const string Window = Basic + "; server_max_window_bits=15";

    public static TheoryData<int> Lengths => [0, 1, 2, 3, 4, 5, 125, 126, 1000, 4096, 65535, 65536, 300_000];

    [Theory]
    [InlineData("permessage-deflate", Basic)]
    [InlineData("permessage-deflate; client_max_window_bits", Basic)]
    [InlineData("permessage-deflate;client_max_window_bits=8", Basic)]
    [InlineData("permessage-deflate; client_max_window_bits=\"10\"", Basic)]
    [InlineData("permessage-deflate; server_no_context_takeover; client_no_context_takeover", Basic)]
    [InlineData("permessage-deflate; server_max_window_bits=15", Window)]
    [InlineData("permessage-deflate; server_max_window_bits = \"15\" ; client_max_window_bits", Window)]
    [InlineData("permessage-deflate; server_max_window_bits=10, permessage-deflate", Basic)]
    [InlineData("x-webkit-deflate-frame, permessage-deflate; client_max_window_bits", Basic)]
    [InlineData("x-other; a=b; c=\"d\"; e , ,\tpermessage-deflate", Basic)]
    [InlineData("permessage-deflate; unknown, permessage-deflate; server_max_window_bits=15", Window)]
    [InlineData("permessage-deflate, not; a; header;;;", Basic)]
    public void The_first_offer_that_can_be_satisfied_is_accepted(string offers, string expected)
    {
        Assert.True(PerMessageDeflate.TryNegotiate(offers, out string? response));
        Assert.Equal(expected, response);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" , ,")]
    [InlineData("permessage-bzip2")]
    [InlineData("permessage-deflates")]
    [InlineData("permessage-deflate; server_max_window_bits")]
    [InlineData("permessage-deflate; server_max_window_bits=14")]
    [InlineData("permessage-deflate; server_max_window_bits=8")]
    [InlineData("permessage-deflate; server_max_window_bits=16")]
    [InlineData("permessage-deflate; server_max_window_bits=015")]
    [InlineData("permessage-deflate; server_max_window_bits=+15")]
    [InlineData("permessage-deflate; server_max_window_bits=")]
    [InlineData("permessage-deflate; server_max_window_bits=15; server_max_window_bits=15")]
    [InlineData("permessage-deflate; client_max_window_bits=7")]
    [InlineData("permessage-deflate; client_max_window_bits=16")]
    [InlineData("permessage-deflate; client_max_window_bits=08")]
    [InlineData("permessage-deflate; client_max_window_bits; client_max_window_bits")]
    [InlineData("permessage-deflate; server_no_context_takeover=1")]
    [InlineData("permessage-deflate; client_no_context_takeover=\"x\"")]
    [InlineData("permessage-deflate; client_no_context_takeover; client_no_context_takeover")]
    [InlineData("permessage-deflate; mystery")]
    [InlineData("permessage-deflate;")]
    [InlineData("permessage-deflate client_max_window_bits")]
    [InlineData("permessage-deflate; client_max_window_bits=\"10")]
    [InlineData("permessage-deflate; client_max_window_bits=\"\"")]
    [InlineData("permessage-deflate; client_max_window_bits=\"1 0\"")]
    [InlineData("=, permessage-deflate")]
    [InlineData("x; a=\"b,permessage-deflate")]
    public void Other_offers_leave_the_connection_uncompressed(string? offers)
    {
        Assert.False(PerMessageDeflate.TryNegotiate(offers, out string? response));
        Assert.Null(response);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void What_was_compressed_is_inflated_to_the_same(int length)
    {
        byte[] random = Frames.Bytes(length);
        byte[] regular = [.. Enumerable.Range(0, length).Select(i => (byte)(i / 7 % 13))];

        Assert.Equal(random, PerMessageDeflate.Decompress(Compress(random), length));
        Assert.Equal(regular, PerMessageDeflate.Decompress(Compress(regular), length));
    }

    [Fact]
    public void The_tail_is_left_off_and_repetition_is_saved()
    {
        byte[] compressed = Compress(new byte[100_000]);

        Assert.True(compressed.Length < 1000);
        Assert.NotEqual([0x00, 0x00, 0xFF, 0xFF], compressed[^4..]);
    }

    // Section 7.2.3: one block, no compression, a final block, two blocks, an empty message.
    [Theory]
    [InlineData("f248cdc9c90700", "Hello")]
    [InlineData("000500faff48656c6c6f00", "Hello")]
    [InlineData("f348cdc9c9070000", "Hello")]
    [InlineData("f24805000000ffffcac9c90700", "Hello")]
    [InlineData("00", "")]
    [InlineData("", "")]
    public void The_samples_of_the_RFC_are_inflated(string compressed, string text) =>
        Assert.Equal(text, Encoding.UTF8.GetString(PerMessageDeflate.Decompress(Convert.FromHexString(compressed), 100)));

    [Fact]
    public void A_message_that_inflates_beyond_the_limit_is_too_big()
    {
        byte[] compressed = Compress(new byte[5000]);

        Assert.Equal(5000, PerMessageDeflate.Decompress(compressed, 5000).Length);
        Assert.Equal(1009, Assert.Throws<WebSocketProtocolException>(() => PerMessageDeflate.Decompress(compressed, 4999)).CloseCode);
        Assert.Equal(1009, Assert.Throws<WebSocketProtocolException>(() => PerMessageDeflate.Decompress(compressed, 0)).CloseCode);
    }

    [Fact]
    public void A_stream_cut_short_anywhere_is_an_invalid_payload()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 500)));
        byte[] compressed = Compress(text);
        for (int length = 1; length < compressed.Length - 1; length++)
        {
            Exception? exception = Record.Exception(() => PerMessageDeflate.Decompress(compressed.AsSpan(0, length), 100_000));
            Assert.Equal(1007, Assert.IsType<WebSocketProtocolException>(exception).CloseCode);
        }
    }

    [Theory]
    [InlineData("07")]
    [InlineData("ffffffff")]
    [InlineData("0005000000")]
    public void What_is_not_a_deflate_stream_is_an_invalid_payload(string payload) =>
        Assert.Equal(
            1007, Assert.Throws<WebSocketProtocolException>(() => PerMessageDeflate.Decompress(Convert.FromHexString(payload), 100)).CloseCode);

    private static byte[] Compress(ReadOnlySpan<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>();
        PerMessageDeflate.Compress(payload, output);
        return output.WrittenSpan.ToArray();
    }
}
