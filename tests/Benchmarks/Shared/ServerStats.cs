using System.Diagnostics;
using SocketIO.Server;

namespace SocketIO.Benchmarks;

/// <summary>What the process of a benchmark server holds.</summary>
/// <param name="Connections">Its connections.</param>
/// <param name="Sockets">The sockets of its main namespace.</param>
/// <param name="ResidentBytes">Memory, as the operating system counts it.</param>
/// <param name="LiveBytes">Memory that is in use, as the garbage collector counts it.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Timers">Its timers.</param>
/// <param name="SessionGrains">In a cluster: the session grains that are active.</param>
internal sealed record ServerStats(int Connections, int Sockets, long ResidentBytes, long LiveBytes, int Threads, long Timers, int SessionGrains)
{
    /// <summary>What this process holds.</summary>
    /// <param name="io">The server.</param>
    /// <param name="collect">Whether to collect garbage before.</param>
    /// <param name="sessionGrains">The session grains that are active.</param>
    public static ServerStats Of(SocketIOServer io, bool collect, int sessionGrains = 0)
    {
        var live = GC.GetTotalMemory(forceFullCollection: collect);
        using var process = Process.GetCurrentProcess();
        return new ServerStats(io.Engine.ClientsCount, io.Sockets.Sockets.Count, process.WorkingSet64, live, process.Threads.Count, Timer.ActiveCount, sessionGrains);
    }
}
