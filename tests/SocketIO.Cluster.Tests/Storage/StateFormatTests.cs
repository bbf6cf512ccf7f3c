namespace SocketIO.Cluster.Tests;

public class StateFormatTests
{
    [Fact]
    public void What_was_written_is_read_back()
    {
        var writer = new StateWriter(StateKind.Member, 0);
        writer.WriteNumber(ulong.MaxValue);
        writer.WriteNumber(127);
        writer.WriteText("Zoë");
        writer.WriteTime(TimeSpan.FromTicks(long.MinValue / 4));
        writer.WriteBytes([1, 2, 3]);

        var reader = new StateReader(writer.Written.Span, StateKind.Member);
        Assert.Equal(ulong.MaxValue, reader.ReadNumber());
        Assert.Equal(127ul, reader.ReadNumber());
        Assert.Equal("Zoë", reader.ReadText());
        Assert.Equal(TimeSpan.FromTicks(long.MinValue / 4), reader.ReadTime());
        Assert.Equal([1, 2, 3], reader.ReadBytes());
        reader.End();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(StateWriter.CurrentVersion + 1)]
    [InlineData(255)]
    public void Another_version_is_refused_with_both_versions_named(byte version)
    {
        var error = Assert.Throws<StateFormatException>(() => new StateReader([(byte)StateKind.Member, version], StateKind.Member).End());

        Assert.Contains($"version {version};", error.Message, StringComparison.Ordinal);
        Assert.Contains($"to {StateWriter.CurrentVersion}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { (byte)'M' })]
    [InlineData(new byte[] { (byte)'B', 1 })]
    [InlineData(new byte[] { (byte)'M', 1, 5, (byte)'a' })]
    [InlineData(new byte[] { (byte)'M', 1, 2, 0xC3, 0x28 })]
    [InlineData(new byte[] { (byte)'M', 1, 1, (byte)'a', 0 })]
    [InlineData(new byte[] { (byte)'M', 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2 })]
    public void Broken_bytes_are_refused(byte[] bytes)
    {
        Assert.Throws<StateFormatException>(() => ReadOneText(bytes));
    }

    [Theory]
    [InlineData("/a", "b/1:c", "/a/1:b", "c")]
    [InlineData("", "x", "x", "")]
    public void Names_that_hold_separators_share_no_key(string namespaceName, string room, string otherNamespace, string otherRoom)
    {
        Assert.NotEqual(StateKey.Roster(namespaceName, room), StateKey.Roster(otherNamespace, otherRoom));
    }

    [Fact]
    public void A_long_key_is_hashed_and_stays_distinct()
    {
        var one = StateKey.Member("/chat", new string('a', 500) + "1");
        var other = StateKey.Member("/chat", new string('a', 500) + "2");

        Assert.NotEqual(one, other);
        Assert.True(one.Length <= StateKey.MaxLength);
    }

    [Fact]
    public void A_name_with_a_NUL_has_a_key_without()
    {
        Assert.DoesNotContain('\0', StateKey.Member("/chat", "a\0b"));
        Assert.NotEqual(StateKey.Member("/chat", "a\0b"), StateKey.Member("/chat", "ab"));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("lobby", true)]
    [InlineData("ééééé", false)]
    public void A_name_that_cannot_be_stored_is_not_valid(string name, bool valid)
    {
        Assert.Equal(valid, StateKey.IsValidName(name, 8));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_not_a_name()
    {
        Assert.False(StateKey.IsValidName("a\ud800", 100));
    }

    private static void ReadOneText(byte[] bytes)
    {
        var reader = new StateReader(bytes, StateKind.Member);
        reader.ReadText();
        reader.End();
    }
}
