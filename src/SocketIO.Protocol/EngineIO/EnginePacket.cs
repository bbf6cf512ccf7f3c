namespace SocketIO.Protocol;

/// <summary>One Engine.IO packet.</summary>
/// <param name="type">The type.</param>
/// <param name="data">What follows the type: UTF-8 text, or raw bytes if <paramref name="isBinary"/>.</param>
/// <param name="isBinary">Whether <paramref name="data"/> are raw bytes; only <see cref="EnginePacketType.Message"/> packets can be binary.</param>
public readonly struct EnginePacket(EnginePacketType type, ReadOnlyMemory<byte> data = default, bool isBinary = false)
{
    /// <summary>The type.</summary>
    public EnginePacketType Type { get; } = type;

    /// <summary>UTF-8 text, or raw bytes if <see cref="IsBinary"/>.</summary>
    public ReadOnlyMemory<byte> Data { get; } = data;

    /// <summary>Whether <see cref="Data"/> are raw bytes.</summary>
    public bool IsBinary { get; } = isBinary;
}
