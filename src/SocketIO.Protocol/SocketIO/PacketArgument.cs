using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>Where one element of a packet's array is, as JSON text within <see cref="Packet.Payload"/>.</summary>
/// <param name="Start">The offset of its first byte.</param>
/// <param name="Length">Its number of bytes; a string's quotes are included.</param>
/// <param name="Kind">Its first token, which tells its kind.</param>
public readonly record struct PacketArgument(int Start, int Length, JsonTokenType Kind);
