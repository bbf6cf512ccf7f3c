namespace SocketIO.Cluster.Tests;

/// <summary>Whatever is stored: it is read, or refused with the format's own exception; and what was read can be written and read again.</summary>
public sealed class StateFormatFuzzTests
{
    private static readonly byte[][] Dictionary =
    [
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0x80], [0xff, 0x7f], [0xC3, 0x28],
        [(byte)'M', 1], [(byte)'H', 1], [(byte)'B', 1], [(byte)'S', 1], [0], [0, 0, 0, 0, 0, 0, 0, 0x80],
    ];

    private static readonly (byte[] Bytes, Func<byte[], ReadOnlyMemory<byte>> Copy)[] Formats =
    [
        (FuzzedStates.Member, bytes => MemberState.Read(bytes).Write()),
        (FuzzedStates.Heads[0], bytes => RosterHead.Read(bytes).Write()),
        (FuzzedStates.Heads[1], bytes => RosterHead.Read(bytes).Write()),
        (FuzzedStates.Heads[2], bytes => RosterHead.Read(bytes).Write()),
        (FuzzedStates.Body, bytes => RosterBody.Write(RosterBody.Read(bytes))),
        (FuzzedStates.Session, bytes => SessionState.Read(bytes).Write()),
    ];

    [Fact]
    public void Each_sample_is_written_as_it_was_read() =>
        Assert.All(Formats, format => Assert.Equal(format.Bytes, format.Copy(format.Bytes).ToArray()));

    [Fact]
    public void What_ends_at_any_byte_before_its_end_or_goes_on_behind_it_is_refused()
    {
        foreach (var (bytes, copy) in Formats)
        {
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.Throws<StateFormatException>(() => copy(bytes[..length]));
            }

            Assert.Throws<StateFormatException>(() => copy([.. bytes, 0]));
        }
    }

    [Fact]
    public void Foreign_bytes_are_read_or_refused_and_allocate_no_more_than_their_length_allows() =>
        Fuzz.Rounds(30_000, random =>
        {
            var (sample, copy) = Formats[random.Next(Formats.Length)];
            byte[] bytes = random.Next(8) switch
            {
                0 => Fuzz.Bytes(random, 64),
                1 => [sample[0], sample[1], .. Fuzz.Bytes(random, 64)],
                2 => Fuzz.Mutate(random, [Formats[random.Next(Formats.Length)].Bytes], Dictionary),
                _ => Fuzz.Mutate(random, [sample], Dictionary),
            };
            byte[]? first = null;
            FuzzedBatches.AssertFrugal(bytes, read => first = copy(read).ToArray());
            if (first is not null)
            {
                Assert.Equal(first, copy(first).ToArray());
            }
        });
}
