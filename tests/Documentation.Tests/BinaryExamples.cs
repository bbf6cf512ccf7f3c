using SocketIO.Server;

namespace Documentation.Tests;

public sealed class BinaryExamples
{
    // docs: binary
    public sealed record Picture(string Name, byte[] Bytes);
    // end

    [Fact]
    public async Task Bytes_are_sent_as_bytes()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: binary
            io.OnConnection(socket =>
            {
                socket.On("upload", (byte[] bytes) => bytes.Length);
                socket.On("picture", (Picture picture) => socket.Emit("stored", picture));
                socket.On("download", () => new MemoryStream([1, 2, 3]));
            });
            // end
        });
        await using var client = await server.ConnectAsync();
        Assert.Equal(4, await client.EmitWithAckAsync<int>("upload", (object)new byte[] { 1, 2, 3, 4 }));
        await client.EmitAsync("picture", new { name = "dot", bytes = Convert.ToBase64String([9, 8]) });
        Assert.Equal([9, 8], (await client.NextAsync("stored")).Attachments.Single());
        Assert.Equal([1, 2, 3], (await client.EmitWithAckAsync("download")).Attachments.Single());
    }
}
