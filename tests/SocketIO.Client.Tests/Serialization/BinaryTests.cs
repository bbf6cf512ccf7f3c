using SocketIO.Server;

namespace SocketIO.Client.Tests;

public class BinaryTests
{
    [Fact]
    public async Task Bytes_go_both_ways_as_bytes_wherever_they_are()
    {
        var received = new Happenings<Picture>();
        await using var server = await LiveServer.StartAsync(static socket =>
            socket.On("picture", (Picture picture, byte[] more) =>
            {
                socket.Emit("picture", picture with { Name = picture.Name + more.Length });
                return more;
            }));
        await using var client = await server.ConnectAsync(client => client.On("picture", received.Add));

        var answer = await Patience.Within(client.EmitWithAckAsync<byte[]>("picture", new Picture("dot", new byte[] { 0, 127, 255 }), new byte[] { 1, 2 }));

        Assert.Equal([1, 2], answer!);
        var picture = await received.NextAsync();
        Assert.Equal("dot2", picture.Name);
        Assert.Equal([0, 127, 255], picture.Bytes.ToArray());
    }

    [Fact]
    public async Task The_server_is_answered_with_bytes()
    {
        await using var server = await LiveServer.StartAsync(static socket =>
            socket.On("start", () => socket.EmitWithAckAsync<byte[]>("question", new byte[] { 1, 2, 3 })));
        await using var client = await server.ConnectAsync(static client =>
            client.On("question", static (ReadOnlyMemory<byte> bytes) => bytes.ToArray().Reverse().ToArray()));

        Assert.Equal([3, 2, 1], (await Patience.Within(client.EmitWithAckAsync<byte[]>("start")))!);
    }

    [Fact]
    public async Task On_the_wire_they_are_attachments()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync();

        client.Emit("upload", new byte[] { 1 }, new { Bytes = new Memory<byte>([2, 3]) }, Array.Empty<byte>());

        Assert.Equal(
            """453-["upload",{"_placeholder":true,"num":0},{"bytes":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":2}]""",
            await connection.ReceiveAsync());
        Assert.Equal("01", await connection.ReceiveAsync());
        Assert.Equal("0203", await connection.ReceiveAsync());
        Assert.Equal("", await connection.ReceiveAsync());
        connection.Abort();
    }

    [Fact]
    public async Task An_array_of_texts_is_one_argument()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync();

        client.Emit("names", new[] { "a", "<b>" });

        Assert.Equal("""42["names",["a","<b>"]]""", await connection.ReceiveAsync());
        connection.Abort();
    }

    private sealed record Picture(string Name, ReadOnlyMemory<byte> Bytes);
}
