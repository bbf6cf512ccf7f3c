// A transport moves Engine.IO packets between one client and its session. It knows no namespace, room or event.
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>What a transport tells the session that it serves.</summary>
internal interface ITransportListener
{
    /// <summary>A packet arrived. Called one at a time for a transport; the packet's memory is borrowed for the call.</summary>
    void OnPacket(Transport transport, in EnginePacket packet);

    /// <summary>The transport has ended; called once. <paramref name="reason"/> is one of the protocol's close reasons.</summary>
    void OnClosed(Transport transport, string reason, string? detail);
}

/// <summary>One client's way in and out. <see cref="CanWrite"/> and <see cref="TryWrite(in EnginePacket, bool)"/> are called under the connection's gate.</summary>
internal abstract class Transport(EngineCodec codec)
{
    protected const int FlushAbove = 32 * 1024;

    public abstract string Name { get; }

    public EngineCodec Codec { get; } = codec;

    /// <summary>Who hears of packets and of the end; changes when an upgrade completes.</summary>
    public ITransportListener? Listener { get; set; }

    /// <summary>Whether a packet would leave now rather than wait.</summary>
    public abstract bool CanWrite { get; }

    /// <summary>Whether so much waits for the next flush that it should leave even in the middle of a batch.</summary>
    public virtual bool HasMuchToFlush => Unflushed > FlushAbove;

    /// <summary>How many bytes are written and not flushed yet. Under the connection's gate.</summary>
    protected int Unflushed { get; set; }

    /// <summary>Writes a packet towards the client without flushing it; <see langword="false"/>: it has to wait in the session's queue.</summary>
    public abstract bool TryWrite(in EnginePacket packet, bool compress);

    /// <summary>The same for a shared message.</summary>
    public abstract bool TryWrite(EncodedMessage message);

    /// <summary>Sends what was written, and what waits in the queue as far as it can. Called without the gate.</summary>
    public abstract void Flush();

    /// <summary>Ends the transport in order: the client is told, then the connection closes.</summary>
    /// <param name="onClosed">Called once when the client has been told, or cannot be.</param>
    public abstract void Close(Action? onClosed);

    /// <summary>Ends the transport at once where an orderly end is not to be had.</summary>
    public abstract void Abort();
}
