namespace SocketIO.Cluster.Tests;

public sealed class SessionIdsTests
{
    private static readonly GatewayId Owner = new(-3);

    [Fact]
    public void An_id_tells_its_owner_under_the_key_that_it_was_made_with_and_no_other()
    {
        var id = Ids(1).Create(Owner);
        Assert.Matches("^[A-Za-z0-9_-]{44}$", id);
        Assert.NotEqual(id, Ids(1).Create(Owner));
        Assert.True(Ids(1).TryRead(id, out var owner));
        Assert.Equal(Owner, owner);
        Assert.False(Ids(2).TryRead(id, out _));
        Assert.False(new SessionIds().TryRead(id, out _));
    }

    [Fact]
    public void An_id_for_coming_back_is_good_in_its_namespace_alone()
    {
        var id = Ids(1).Create(Owner, "/chat");

        Assert.True(Ids(1).TryRead(id, out var owner, "/chat"));
        Assert.Equal(Owner, owner);
        Assert.False(Ids(1).TryRead(id, out _, "/"));
        Assert.False(Ids(1).TryRead(id, out _));
        Assert.False(Ids(1).TryRead(Ids(1).Create(Owner), out _, "/"));
    }

    [Fact]
    public void No_character_of_an_id_can_be_changed()
    {
        var ids = Ids(1);
        var id = ids.Create(Owner);
        for (var i = 0; i < id.Length; i++)
        {
            foreach (var c in "A_9=%+ é\0")
            {
                var forged = string.Concat(id.AsSpan(0, i), [c], id.AsSpan(i + 1));
                Assert.Equal(forged == id, ids.TryRead(forged, out _));
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_id_is_refused(string id) => Assert.False(Ids(1).TryRead(id, out _));

    [Fact]
    public void Without_a_key_that_is_long_enough_there_are_no_ids()
    {
        Assert.Throws<ArgumentException>(() => new SessionIds().SetKey(new byte[SessionIds.KeyBytes - 1]));
        Assert.Throws<InvalidOperationException>(() => new SessionIds().Create(Owner));
    }

    private static SessionIds Ids(byte key)
    {
        var ids = new SessionIds();
        ids.SetKey([.. Enumerable.Repeat(key, SessionIds.KeyBytes)]);
        return ids;
    }
}
