using Orleans;
using Orleans.Runtime;

namespace SocketIO.Orleans;

/// <summary>A grain that has something to look after now and then, but not while it is idle: then it has no timer and may be collected.</summary>
internal abstract class TickingGrain : Grain
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private IGrainTimer? _timer;

    /// <summary>Whether there is something to look after.</summary>
    protected abstract bool IsBusy { get; }

    /// <summary>Looks after it.</summary>
    protected abstract void Tick();

    /// <summary>Looks after it until it is done. To be called whenever something has begun.</summary>
    protected void KeepTicking() =>
        _timer ??= this.RegisterGrainTimer(
            static (grain, _) =>
            {
                grain.OnTimer();
                return Task.CompletedTask;
            },
            this,
            new GrainTimerCreationOptions { DueTime = Interval, Period = Interval, Interleave = true, KeepAlive = true });

    private void OnTimer()
    {
        Tick();
        if (!IsBusy)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }
}
