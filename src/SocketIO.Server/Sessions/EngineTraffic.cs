namespace SocketIO.Server;

/// <summary>How many messages connections have sent and received, and the bytes in them, since it was last asked. Thread-safe.</summary>
internal sealed class EngineTraffic
{
    private long _packetsIn;
    private long _bytesIn;
    private long _packetsOut;
    private long _bytesOut;

    /// <summary>A message has arrived.</summary>
    public void CountReceived(int bytes)
    {
        Interlocked.Increment(ref _packetsIn);
        Interlocked.Add(ref _bytesIn, bytes);
    }

    /// <summary>Messages are on their way to a client.</summary>
    public void CountSent(int packets, int bytes)
    {
        Interlocked.Add(ref _packetsOut, packets);
        Interlocked.Add(ref _bytesOut, bytes);
    }

    /// <summary>What was counted; it counts from zero again.</summary>
    public (long PacketsIn, long BytesIn, long PacketsOut, long BytesOut) Take() => (
        Interlocked.Exchange(ref _packetsIn, 0),
        Interlocked.Exchange(ref _bytesIn, 0),
        Interlocked.Exchange(ref _packetsOut, 0),
        Interlocked.Exchange(ref _bytesOut, 0));
}
