namespace SocketIO.Cluster.Tests;

/// <summary>One life of a gateway: it asks, and its own clients are asked.</summary>
internal sealed class AckGateway(int machine, GatewayId id, SimulatedClock clock, AckCollectorOptions options)
{
    private readonly Dictionary<(long, GatewayId), int> _numbers = [];

    public int Machine { get; } = machine;

    public GatewayId Id { get; } = id;

    public SimulatedClock Clock { get; } = clock;

    public AckCollector Collector { get; } = new(options);

    public bool IsRunning { get; set; } = true;

    /// <summary>The gateways of whose death it has been told.</summary>
    public HashSet<GatewayId> Dead { get; } = [];

    /// <summary>What it has asked for.</summary>
    public Dictionary<long, AckQuestion> Questions { get; } = [];

    /// <summary>The requests of which it knows whom it waits for.</summary>
    public HashSet<long> IsTold { get; } = [];

    public long LastRequest { get; set; }

    /// <summary>A number for each answer as it arrives, a repeated one too: a deliberate fault.</summary>
    public int Renumber(long request, GatewayId gateway) => _numbers[(request, gateway)] = _numbers.GetValueOrDefault((request, gateway), -1) + 1;
}
