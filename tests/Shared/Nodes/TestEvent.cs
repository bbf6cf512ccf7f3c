using System.Text.Json;

namespace SocketIO.Testing;

/// <summary>An event, or an answer, as a client received it.</summary>
/// <param name="Name">The event's name; empty for an answer.</param>
/// <param name="Args">Its arguments; binary ones are placeholders.</param>
/// <param name="Attachments">The bytes of the placeholders.</param>
/// <param name="AckId">The id to answer with, or -1.</param>
public sealed record TestEvent(string Name, JsonElement[] Args, byte[][] Attachments, long AckId)
{
    public int Int(int index) => Args[index].GetInt32();

    public string Text(int index) => Args[index].GetString()!;

    public byte[] Bytes(int index)
    {
        Assert.True(Args[index].GetProperty("_placeholder").GetBoolean());
        return Attachments[Args[index].GetProperty("num").GetInt32()];
    }
}
