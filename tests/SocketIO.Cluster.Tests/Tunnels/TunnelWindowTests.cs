namespace SocketIO.Cluster.Tests;

public sealed class TunnelWindowTests
{
    [Theory]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(65_536)]
    public void However_it_is_read_everything_passes_and_never_more_lies_unread_than_there_is_room_for(int size) =>
        Fuzz.Rounds(200, random =>
        {
            // What the reader of frames may leave until more comes: a frame's header, or a whole control frame.
            const int MostLeft = 139;
            var (sender, receiver) = (new TunnelWindow(size), new TunnelWindow(size));
            var (sent, read, total) = (0, 0, 20 * size);
            for (var idle = 0; read < total;)
            {
                idle++;
                Assert.True(idle < 1_000, "Nothing moves any more.");
                if (receiver.Grant() is > 0 and var room)
                {
                    sender.OnCredit(room);
                }

                var taken = sender.Take(Math.Min(1 + random.Next(size), total - sent));
                Assert.True(receiver.OnReceived(taken));
                sent += taken;
                Assert.InRange(receiver.Unread, 0, size);
                var readable = receiver.Unread - (sent == total ? 0 : random.Next(MostLeft));
                if (readable > 0)
                {
                    var part = 1 + random.Next(readable);
                    receiver.OnRead(part);
                    read += part;
                    idle = 0;
                }
            }
        });

    [Fact]
    public void More_than_there_is_room_for_is_not_taken()
    {
        var window = new TunnelWindow(1024);
        Assert.False(window.OnReceived(1));
        Assert.Equal(1024, window.Grant());
        Assert.True(window.OnReceived(1000));
        Assert.False(window.OnReceived(25));
        Assert.Equal(1000, window.Unread);
    }

    [Fact]
    public void Little_room_is_not_worth_a_message()
    {
        var window = new TunnelWindow(1024);
        window.Grant();
        window.OnReceived(1024);
        window.OnRead(511);
        Assert.Equal(0, window.Grant());
        window.OnRead(1);
        Assert.Equal(512, window.Grant());
        Assert.Equal(0, window.Grant());
    }

    [Fact]
    public void Credit_that_nobody_can_have_does_not_overflow()
    {
        var window = new TunnelWindow(1024);
        window.OnCredit(long.MaxValue);
        window.OnCredit(long.MaxValue);
        Assert.Equal(5, window.Take(5));
    }
}
