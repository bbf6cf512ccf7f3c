namespace SocketIO.Server;

/// <summary>How often each <see cref="Bound"/> was met. Thread-safe.</summary>
internal sealed class BoundCounts
{
    private static readonly Bound[] Bounds = Enum.GetValues<Bound>();

    private readonly long[] _counts = new long[Bounds.Length];

    /// <summary>A client has met a bound, or what is kept for clients has.</summary>
    public void Met(Bound bound) => Interlocked.Increment(ref _counts[(int)bound]);

    /// <summary>All bounds, those that nobody has met as well.</summary>
    public IEnumerable<(Bound Bound, long Count)> Read()
    {
        foreach (var bound in Bounds)
        {
            yield return (bound, Interlocked.Read(ref _counts[(int)bound]));
        }
    }
}
