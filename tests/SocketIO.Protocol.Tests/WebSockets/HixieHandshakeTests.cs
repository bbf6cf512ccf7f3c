using System.Text;

namespace SocketIO.Protocol.Tests;

public class HixieHandshakeTests
{
    // The first is the draft's example; the others are what real clients and servers of the time said to each other.
    public static TheoryData<string, string, string, string> Vectors => new()
    {
        { "4 @1  46546xW%0l 1 5", "12998 5 Y3 1  .P00", "^n:ds[4U", "8jKS'y:G*Co,Wxa-" },
        { "1X429xq187a6 EG1XM3X", "25.801 3 8{0^54", "K\u00d7\u001f\u00c5\u009f\u00959\u0087", "u8\u00ec\u007f\u00b9b&\u00d3\u0011$bwAe?\u00a5" },
        { "1 a1/8  8219 -3'W X45", "19  9 0818  c   5 ^  0", "0\u00c1c\u00d7\u001a\u0091$\u00bb", "\u0086\u0086\u00dc\u0083\u00c0\u0011g\u00b7|z\u00f1\u00e9\u00b3%P\u00e2" },
        { "23W34   016 28T8", "4x L\\ 1399 8a 38  Ru 83", "\u009f\u00ed\u00d8K\u00a1\u00ca\nG", "J\u00c1\u00e0_\u009d\u00faP\u008d~\u0084\u00b8\u0099\u0091-[L" },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    [Trait("Feature", "K-29")]
    public void The_digest_is_that_of_the_draft_and_of_real_servers(string key1, string key2, string body, string digest)
    {
        Assert.True(HixieHandshake.TryReadKey(Encoding.Latin1.GetBytes(key1), out uint number1));
        Assert.True(HixieHandshake.TryReadKey(Encoding.Latin1.GetBytes(key2), out uint number2));
        byte[] computed = new byte[HixieHandshake.DigestLength];

        HixieHandshake.ComputeDigest(number1, number2, Encoding.Latin1.GetBytes(body), computed);

        Assert.Equal(digest, Encoding.Latin1.GetString(computed));
    }

    [Theory]
    [InlineData("4 @1  46546xW%0l 1 5", 829309203u)]
    [InlineData("12998 5 Y3 1  .P00", 259970620u)]
    [InlineData("0 ", 0u)]
    [InlineData("42949672 95", 4294967295u)]
    [InlineData("000000000000000000000000000000000000000000000000000000000000004 4", 44u)]
    public void A_key_hides_its_number(string key, uint expected)
    {
        Assert.True(HixieHandshake.TryReadKey(Encoding.Latin1.GetBytes(key), out uint number));
        Assert.Equal(expected, number);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("abc def")]
    [InlineData("12345")]
    [InlineData("1 2 3")]
    [InlineData("42949672 96")]
    [InlineData("99999999999999999999999999999999999999999999999999999999999999999999 9")]
    [InlineData("18446744073709551616 0")]
    public void A_key_without_a_number_is_refused(string key)
    {
        Assert.False(HixieHandshake.TryReadKey(Encoding.Latin1.GetBytes(key), out uint number));
        Assert.Equal(0u, number);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(9)]
    public void Exactly_eight_bytes_follow_the_keys(int length) =>
        Assert.Throws<ArgumentException>(() => HixieHandshake.ComputeDigest(1, 2, new byte[length], new byte[HixieHandshake.DigestLength]));
}
