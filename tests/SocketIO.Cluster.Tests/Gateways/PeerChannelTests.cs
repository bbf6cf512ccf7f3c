namespace SocketIO.Cluster.Tests;

public sealed class PeerChannelTests
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    [Fact]
    public void Whatever_the_way_loses_repeats_and_reorders_messages_arrive_once_and_in_order() =>
        Fuzz.Rounds(200, random =>
        {
            var (now, sent) = (TimeSpan.Zero, 0);
            PeerChannel[] ends = [Channel(), Channel()];
            List<(int To, PeerFrame Frame)> way = [];
            List<byte> arrived = [];
            List<PeerFrame> frames = [];
            void Emit(int to)
            {
                way.AddRange(frames.Where(_ => random.Next(4) > 0).Select(frame => (to, frame)));
                frames.Clear();
            }

            for (var i = 0; i < 500 || arrived.Count < sent; i++)
            {
                Assert.True(i < 10_000, "Something does not arrive.");
                now += TimeSpan.FromMilliseconds(random.Next(100));
                if (i < 500 && random.Next(3) == 0)
                {
                    ends[0].Send(new[] { (byte)sent++ }, now, frames);
                    Emit(1);
                }

                for (var count = random.Next(8); count > 0 && way.Count > 0; count--)
                {
                    var at = random.Next(Math.Min(way.Count, 3));
                    var (to, frame) = way[at];
                    if (random.Next(8) > 0)
                    {
                        way.RemoveAt(at);
                    }

                    if (ends[to].OnFrame(frame, now, frames))
                    {
                        arrived.Add(frame.Message.Span[0]);
                    }

                    Emit(1 - to);
                }

                for (var end = 0; end < 2; end++)
                {
                    ends[end].Advance(now, frames);
                    Emit(1 - end);
                }
            }

            Assert.Equal(Enumerable.Range(0, sent).Select(static number => (byte)number), arrived);
        });

    [Fact]
    public void It_is_full_until_what_is_on_its_way_is_acknowledged()
    {
        var (sender, receiver, frames) = (Channel(maxBytes: 10), Channel(), new List<PeerFrame>());
        sender.Send(new byte[9], default, frames);
        Assert.False(sender.IsFull);
        sender.Send(new byte[9], default, frames);
        Assert.True(sender.IsFull);

        Assert.True(receiver.OnFrame(frames[0], default, []));
        frames.Clear();
        receiver.Advance(default, frames);
        Assert.False(sender.OnFrame(Assert.Single(frames), default, []));

        Assert.False(sender.IsFull);
    }

    [Fact]
    public void What_is_not_acknowledged_is_sent_again_ever_more_seldom()
    {
        var (sender, frames) = (Channel(), new List<PeerFrame>());
        sender.Send(new byte[1], default, frames);
        frames.Clear();
        var times = new List<double>();
        for (var now = TimeSpan.Zero; now < TimeSpan.FromSeconds(40); now += TimeSpan.FromSeconds(1))
        {
            sender.Advance(now, frames);
            times.AddRange(frames.Select(_ => now.TotalSeconds));
            frames.Clear();
        }

        Assert.Equal([1, 3, 7, 15, 23, 31, 39], times);
    }

    [Fact]
    public void An_answer_carries_the_acknowledgement_of_its_question()
    {
        var (asker, answerer, frames) = (Channel(), Channel(), new List<PeerFrame>());
        asker.Send(new byte[1], default, frames);
        Assert.True(answerer.OnFrame(frames[0], default, []));
        frames.Clear();
        answerer.Send(new byte[2], default, frames);
        answerer.Advance(default, frames);

        Assert.Equal((1, 1), (Assert.Single(frames).Number, frames[0].Acknowledged));
    }

    private static PeerChannel Channel(long maxBytes = long.MaxValue) => new(new GatewayId(1), maxBytes, RetryAfter);
}
