using System.Text;

namespace SocketIO.Protocol.Tests;

/// <summary>Engine.IO packets in the notation of the tests: the type, and text or, in angle brackets, bytes in hexadecimal.</summary>
internal static class EnginePacketText
{
    public static string Describe(EnginePacket packet)
    {
        var type = packet.Type.ToString().ToLowerInvariant();
        return packet.IsBinary ? $"{type} <{Convert.ToHexStringLower(packet.Data.Span)}>"
            : packet.Data.IsEmpty ? type
            : $"{type} {Encoding.UTF8.GetString(packet.Data.Span)}";
    }

    public static EnginePacket Parse(string described)
    {
        var parts = described.Split(' ', 2);
        var type = Enum.Parse<EnginePacketType>(parts[0], ignoreCase: true);
        return parts.Length == 1 ? new EnginePacket(type)
            : parts[1].StartsWith('<') ? new EnginePacket(type, Convert.FromHexString(parts[1][1..^1]), isBinary: true)
            : new EnginePacket(type, Encoding.UTF8.GetBytes(parts[1]));
    }
}
