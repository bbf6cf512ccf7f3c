using System.Text;

namespace SocketIO.Protocol.Tests;

public class WebSocketFrameTests
{
    [Theory]
    [InlineData(0, "8200")]
    [InlineData(1, "8201")]
    [InlineData(125, "827d")]
    [InlineData(126, "827e007e")]
    [InlineData(127, "827e007f")]
    [InlineData(65535, "827effff")]
    [InlineData(65536, "827f0000000000010000")]
    [InlineData(int.MaxValue, "827f000000007fffffff")]
    public void A_header_has_the_shortest_length(int payloadLength, string header)
    {
        byte[] destination = new byte[WebSocketFrame.MaxHeaderLength];

        int written = WebSocketFrame.WriteHeader(destination, WebSocketOpcode.Binary, payloadLength);

        Assert.Equal(header, Convert.ToHexStringLower(destination, 0, written));
        Assert.Equal(written, WebSocketFrame.GetHeaderLength(payloadLength));
    }

    [Theory]
    [InlineData(WebSocketOpcode.Text, false, "8105")]
    [InlineData(WebSocketOpcode.Text, true, "c105")]
    [InlineData(WebSocketOpcode.Binary, true, "c205")]
    [InlineData(WebSocketOpcode.Close, false, "8805")]
    [InlineData(WebSocketOpcode.Ping, false, "8905")]
    [InlineData(WebSocketOpcode.Pong, false, "8a05")]
    public void A_header_says_what_the_frame_is(WebSocketOpcode opcode, bool compressed, string header)
    {
        byte[] destination = new byte[2];

        Assert.Equal(2, WebSocketFrame.WriteHeader(destination, opcode, 5, compressed));
        Assert.Equal(header, Convert.ToHexStringLower(destination));
    }

    [Fact]
    public void The_masked_sample_of_the_RFC_is_written()
    {
        byte[] frame = new byte[11];
        int header = WebSocketFrame.WriteMaskedHeader(frame, WebSocketOpcode.Text, 5, Frames.SampleMask);
        "Hello"u8.CopyTo(frame.AsSpan(header));
        WebSocketFrame.Mask(frame.AsSpan(header), Frames.SampleMask);

        Assert.Equal("818537fa213d7f9f4d5158", Convert.ToHexStringLower(frame));
    }

    [Fact]
    public void Masking_of_any_length_at_any_offset_is_the_XOR_with_the_repeated_key()
    {
        byte[] key = [0x37, 0xFA, 0x21, 0x3D];
        for (int length = 0; length < 200; length++)
        {
            for (int offset = 0; offset < 8; offset++)
            {
                byte[] source = Frames.Bytes(length + offset, seed: length);
                byte[] expected = [.. source.Select((value, i) => i < offset ? value : (byte)(value ^ key[i % 4]))];

                // The slice begins at any alignment.
                WebSocketFrame.Mask(source.AsSpan(offset), Frames.SampleMask, offset);

                Assert.Equal(expected, source);
            }
        }
    }

    [Theory]
    [InlineData(1000, "", "880203e8")]
    [InlineData(1009, "too big", "880903f1746f6f20626967")]
    [InlineData(4999, "", "88021387")]
    public void A_close_frame_carries_its_code_and_reason(ushort code, string reason, string frame)
    {
        byte[] destination = new byte[127];

        int written = WebSocketFrame.WriteClose(destination, code, Encoding.UTF8.GetBytes(reason));

        Assert.Equal(frame, Convert.ToHexStringLower(destination, 0, written));
    }

    [Fact]
    public void The_longest_close_frame_can_be_read_back()
    {
        byte[] frame = new byte[127];
        Assert.Equal(127, WebSocketFrame.WriteClose(frame, 1000, Enumerable.Repeat((byte)'x', 123).ToArray()));

        using var reader = new WebSocketMessageReader(1, masked: false);
        Assert.Equal(125, Assert.Single(reader.ReadAll(frame)).Payload.Length);
    }

    [Fact]
    public void What_may_not_be_sent_is_refused()
    {
        byte[] destination = new byte[300];

        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrame.WriteClose(destination, 1005, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrame.WriteClose(destination, 999, []));
        Assert.Throws<ArgumentException>(() => WebSocketFrame.WriteClose(destination, 1000, new byte[124]));
        Assert.Throws<ArgumentException>(() => WebSocketFrame.WriteHeader(destination, WebSocketOpcode.Ping, 126));
        Assert.Throws<ArgumentException>(() => WebSocketFrame.WriteHeader(destination, WebSocketOpcode.Ping, 1, compressed: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrame.WriteHeader(destination, WebSocketOpcode.Text, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrame.GetHeaderLength(-1));
    }
}
