using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The transport of a session whose client has lost its own and may come back by another: everything waits.</summary>
internal sealed class AbsentTransport(Transport lost) : Transport(lost.Codec)
{
    public override string Name => lost.Name;

    public override bool CanWrite => false;

    public override bool TryWrite(in EnginePacket packet, bool compress) => false;

    public override bool TryWrite(EncodedMessage message) => false;

    public override void Flush()
    {
    }

    public override void Close(Action? onClosed) => onClosed?.Invoke();

    public override void Abort()
    {
    }
}
