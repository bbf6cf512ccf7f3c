namespace SocketIO.Cluster.Tests;

/// <summary>One life of a process.</summary>
internal abstract class SimulatedProcess
{
    public bool IsAlive { get; set; } = true;

    /// <summary>Another one has taken its place, whether it lives or not.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>What its own clock shows.</summary>
    public abstract TimeSpan Now { get; }
}

/// <summary>One life of a process that runs a state machine.</summary>
internal abstract class SimulatedHost<TMachine, TOutput>(TMachine machine) : SimulatedProcess
    where TMachine : IStateMachine<TOutput>
{
    private readonly List<TOutput> _outputs = [];

    protected TMachine Machine => machine;

    public void Do(Action<TMachine, TimeSpan, List<TOutput>> act)
    {
        if (!IsAlive)
        {
            return;
        }

        act(machine, Now, _outputs);
        CheckBounds();
        TOutput[] outputs = [.. _outputs];
        _outputs.Clear();
        Array.ForEach(outputs, Do);
    }

    public void Advance() => Do(static (machine, now, outputs) => machine.Advance(now, outputs));

    protected void OnStorage(StorageResult result) => Do((machine, now, outputs) => machine.OnStorage(result, now, outputs));

    protected abstract void Do(TOutput output);

    protected virtual void CheckBounds()
    {
    }
}
