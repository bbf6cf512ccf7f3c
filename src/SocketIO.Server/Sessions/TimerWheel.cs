// One system timer for every heartbeat, time-out and deadline of an engine: connections own an entry, never a timer.
namespace SocketIO.Server;

/// <summary>Something that a <see cref="TimerWheel"/> calls when its time has come. It is a node of the wheel's own lists.</summary>
internal abstract class TimerEntry
{
    internal TimerEntry? Previous;
    internal TimerEntry? Next;
    internal int Slot = -1;
    internal long DueTick;

    /// <summary>Called on a pool thread, outside any lock of the wheel.</summary>
    protected internal abstract void OnTimer();
}

/// <summary>A hashed timer wheel with a fixed tick; scheduling and cancelling cost the same at any number of entries.</summary>
internal sealed class TimerWheel : IDisposable
{
    private const int SlotCount = 512;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly TimerEntry?[] _slots = new TimerEntry?[SlotCount];
    private readonly Action<Exception> _onFault;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _timer;
    private readonly List<TimerEntry> _due = [];
    private long _currentTick;
    private int _count;
    private bool _running;
    private bool _firing;

    /// <param name="time">The clock.</param>
    /// <param name="onFault">Hears of entries that throw; the others go on.</param>
    public TimerWheel(TimeProvider time, Action<Exception> onFault)
    {
        _onFault = onFault;
        _time = time;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((TimerWheel)state!).Advance(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Calls the entry once after <paramref name="delay"/> (rounded up to the tick); an earlier schedule of it is replaced.</summary>
    public void Schedule(TimerEntry entry, TimeSpan delay) => Schedule(entry, 1 + (delay.Ticks + Tick.Ticks - 1) / Tick.Ticks);

    /// <summary>The same, but rounded down.</summary>
    public void ScheduleNotAfter(TimerEntry entry, TimeSpan delay) => Schedule(entry, delay.Ticks / Tick.Ticks);

    /// <summary>Takes the entry out; it may still be called if it was due already.</summary>
    public void Cancel(TimerEntry entry)
    {
        lock (_gate)
        {
            Unlink(entry);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Schedule(TimerEntry entry, long ticks)
    {
        lock (_gate)
        {
            Unlink(entry);
            if (!_running)
            {
                // The wheel stood still while it was empty.
                _currentTick = Now();
                _running = true;
                _timer.Change(Tick, Tick);
            }

            entry.DueTick = Math.Max(Now(), _currentTick) + Math.Max(1, ticks);
            var slot = (int)(entry.DueTick % SlotCount);
            entry.Slot = slot;
            entry.Next = _slots[slot];
            entry.Previous = null;
            if (entry.Next is { } next)
            {
                next.Previous = entry;
            }

            _slots[slot] = entry;
            _count++;
        }
    }

    private long Now() => _time.GetElapsedTime(_start).Ticks / Tick.Ticks;

    private void Unlink(TimerEntry entry)
    {
        if (entry.Slot < 0)
        {
            return;
        }

        if (entry.Previous is { } previous)
        {
            previous.Next = entry.Next;
        }
        else
        {
            _slots[entry.Slot] = entry.Next;
        }

        if (entry.Next is { } next)
        {
            next.Previous = entry.Previous;
        }

        entry.Previous = entry.Next = null;
        entry.Slot = -1;
        _count--;
    }

    private void Advance()
    {
        lock (_gate)
        {
            if (_firing)
            {
                return;
            }

            var now = Now();
            // After a long pause every slot is visited once, not once for each missed tick.
            _currentTick = Math.Max(_currentTick, now - SlotCount);
            while (_currentTick < now)
            {
                _currentTick++;
                for (var entry = _slots[(int)(_currentTick % SlotCount)]; entry is not null;)
                {
                    var next = entry.Next;
                    if (entry.DueTick <= now)
                    {
                        Unlink(entry);
                        _due.Add(entry);
                    }

                    entry = next;
                }
            }

            if (_count == 0 && _running)
            {
                _running = false;
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }

            if (_due.Count == 0)
            {
                return;
            }

            _firing = true;
        }

        try
        {
            foreach (var entry in _due)
            {
                try
                {
                    entry.OnTimer();
                }
                catch (Exception e)
                {
                    _onFault(e);
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _due.Clear();
                if (_due.Capacity > 1024)
                {
                    _due.Capacity = 0;
                }

                _firing = false;
            }
        }
    }
}

/// <summary>A timer entry that calls a delegate; for deadlines that few connections have at a time.</summary>
internal sealed class CallbackTimer(Action callback) : TimerEntry
{
    protected internal override void OnTimer() => callback();
}
