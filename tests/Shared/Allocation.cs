namespace SocketIO.Testing;

/// <summary>What code allocates on the thread that it runs on.</summary>
internal static class Allocation
{
    private const int Runs = 100;
    private const int TimesEachRun = 1000;

    /// <summary>The fewest bytes that a run of a thousand times took; early runs pay for compilation and for pools that fill.</summary>
    public static long Least(Action once)
    {
        var least = long.MaxValue;
        for (var run = 0; run < Runs && least > 0; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < TimesEachRun; i++)
            {
                once();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
