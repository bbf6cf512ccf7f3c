using Orleans;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>
/// A grain that hosts the rules of something that has a name in a namespace. Time passes for it while it has something to look after, but not while it is
/// idle: then it has no timer and may be collected.
/// </summary>
/// <typeparam name="THost">What it hosts.</typeparam>
/// <param name="time">The clock.</param>
internal abstract class StateGrain<THost>(TimeProvider time) : Grain
    where THost : class, IStateHost
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private THost? _host;
    private IGrainTimer? _timer;

    protected TimeProvider Time => time;

    protected string Namespace { get; private set; } = "";

    protected string Name { get; private set; } = "";

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (Namespace, Name) = ScopedKey.Read(this.GetPrimaryKeyString());
        _host = CreateHost(() => time.GetUtcNow() - DateTimeOffset.UnixEpoch);
        Use();
        return Task.CompletedTask;
    }

    protected abstract THost CreateHost(Func<TimeSpan> now);

    /// <summary>The host, to be asked for something: time passes for it until it is done.</summary>
    protected THost Use()
    {
        _timer ??= this.RegisterGrainTimer(
            static (grain, _) =>
            {
                grain.Tick();
                return Task.CompletedTask;
            },
            this,
            new GrainTimerCreationOptions { DueTime = Interval, Period = Interval, Interleave = true, KeepAlive = true });
        return _host!;
    }

    private void Tick()
    {
        _host!.Tick();
        if (!_host.IsBusy)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }
}
