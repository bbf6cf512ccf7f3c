using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// Options of the policy that Flash asks for before it opens a socket. It is answered where it is the first thing that a connection says to a port of the
/// application, and on a port of its own. They belong to the ports, not to a server: where several servers have them, those of the first count.
/// </summary>
public sealed class FlashPolicyOptions
{
    /// <summary>
    /// Whose pages may open sockets, each as <c>domain:ports</c>; either may be <c>*</c>, as in <c>*:*</c>, the default of the servers of the time. At least one;
    /// there is no default.
    /// </summary>
    public IList<string> Origins { get; set; } = [];

    /// <summary>The layout of the document. Default <see cref="FlashPolicyForm.Lines"/>.</summary>
    public FlashPolicyForm Form { get; set; }

    /// <summary>
    /// The port of the policy server; 0 takes a free one. Flash asks 843 of its own accord, or, where the client's option <c>flash policy port</c> says so,
    /// another: 10843 since 0.8.3. Default <see langword="null"/>: none. A port that cannot be had is logged, and the host starts without.
    /// </summary>
    public int? Port { get; set; }

    /// <summary>The address that the policy server listens on. Default <see langword="null"/>: all of the machine's.</summary>
    public string? Address { get; set; }

    /// <summary>How many clients the policy server answers at a time; others wait. Default 100.</summary>
    public int MaxConnections { get; set; } = 100;

    /// <summary>How long a client of the policy server may take to ask and to go. 1 ms to 1 day; default 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);
}
