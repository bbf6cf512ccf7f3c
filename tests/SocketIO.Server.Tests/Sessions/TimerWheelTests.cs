namespace SocketIO.Server.Tests;

public sealed class TimerWheelTests : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly ManualTimeProvider _time = new();
    private readonly TimerWheel _wheel;
    private readonly List<TimeSpan> _calls = [];
    private readonly List<Exception> _faults = [];
    private readonly DateTimeOffset _start;

    public TimerWheelTests()
    {
        _start = _time.GetUtcNow();
        _wheel = new TimerWheel(_time, _faults.Add);
    }

    public void Dispose() => _wheel.Dispose();

    public static TheoryData<int> Delays() => new(0, 1, 19, 20, 21, 100, 999, 10_239, 10_240, 10_241, 25_000, 45_000, 3_600_000, 86_400_000);

    [Theory]
    [MemberData(nameof(Delays))]
    public void An_entry_is_called_once_not_before_its_time_and_at_most_two_ticks_after(int milliseconds)
    {
        var delay = TimeSpan.FromMilliseconds(milliseconds);
        _wheel.Schedule(Recorder(), delay);
        _time.Advance(delay + (2 * Tick));
        _time.Advance(TimeSpan.FromMinutes(1));
        var call = Assert.Single(_calls);
        Assert.InRange(call, delay, delay + (2 * Tick));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(25_000)]
    [InlineData(86_400_000)]
    public void An_entry_scheduled_not_after_is_called_at_its_time(int milliseconds)
    {
        var delay = TimeSpan.FromMilliseconds(milliseconds);
        _wheel.ScheduleNotAfter(Recorder(), delay);
        _time.Advance(delay - TimeSpan.FromMilliseconds(1));
        Assert.Empty(_calls);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([delay], _calls);
    }

    [Fact]
    public void An_entry_that_is_cancelled_is_not_called()
    {
        var entry = Recorder();
        _wheel.Schedule(entry, TimeSpan.FromSeconds(1));
        _wheel.Cancel(entry);
        _wheel.Cancel(entry);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_calls);
    }

    [Fact]
    public void A_later_schedule_replaces_the_earlier()
    {
        var entry = Recorder();
        _wheel.Schedule(entry, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        _wheel.Schedule(entry, TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(_calls);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Single(_calls);
    }

    [Fact]
    public void An_entry_may_schedule_itself_again_while_it_is_called()
    {
        CallbackTimer entry = null!;
        entry = new CallbackTimer(() =>
        {
            _calls.Add(_time.GetUtcNow() - _start);
            if (_calls.Count < 5)
            {
                _wheel.Schedule(entry, TimeSpan.FromMilliseconds(100));
            }
        });
        _wheel.Schedule(entry, TimeSpan.FromMilliseconds(100));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(5, _calls.Count);
        for (var i = 1; i < _calls.Count; i++)
        {
            Assert.InRange(_calls[i] - _calls[i - 1], TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100) + (2 * Tick));
        }
    }

    [Fact]
    public void An_entry_may_cancel_its_neighbour_in_the_same_slot()
    {
        var first = new CallbackTimer(static () => { });
        var second = Recorder();
        var third = Recorder();
        _wheel.Schedule(first, TimeSpan.FromSeconds(1));
        _wheel.Schedule(second, TimeSpan.FromSeconds(1));
        _wheel.Schedule(third, TimeSpan.FromSeconds(1));
        _wheel.Cancel(second);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Single(_calls);
    }

    [Fact]
    public void Entries_of_one_slot_and_different_turns_keep_apart()
    {
        // One turn of the wheel is 512 ticks.
        var turn = 512 * Tick;
        for (var i = 0; i < 4; i++)
        {
            _wheel.Schedule(Recorder(), TimeSpan.FromSeconds(1) + (i * turn));
        }

        for (var i = 1; i <= 4; i++)
        {
            _time.Advance(i == 1 ? TimeSpan.FromSeconds(1) + (2 * Tick) : turn);
            Assert.Equal(i, _calls.Count);
        }
    }

    [Fact]
    public void After_a_long_sleep_everything_due_is_called()
    {
        for (var i = 1; i <= 2000; i++)
        {
            _wheel.Schedule(Recorder(), TimeSpan.FromMilliseconds(i * 17));
        }

        _time.Leap(TimeSpan.FromHours(5));
        Assert.Equal(2000, _calls.Count);
    }

    [Fact]
    public void A_wheel_that_was_empty_for_long_starts_from_now()
    {
        _wheel.Schedule(Recorder(), TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromDays(3));
        Assert.Single(_calls);
        var now = _time.GetUtcNow() - _start;
        _wheel.Schedule(Recorder(), TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.InRange(_calls[1] - now, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1) + (2 * Tick));
    }

    [Fact]
    public void An_entry_that_throws_leaves_the_others_their_turn()
    {
        _wheel.Schedule(Recorder(), TimeSpan.FromSeconds(1));
        _wheel.Schedule(new CallbackTimer(static () => throw new NotImplementedException()), TimeSpan.FromSeconds(1));
        _wheel.Schedule(Recorder(), TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.IsType<NotImplementedException>(Assert.Single(_faults));
        Assert.Equal(2, _calls.Count);
    }

    private CallbackTimer Recorder() => new(() => _calls.Add(_time.GetUtcNow() - _start));
}
