using SocketIO.Protocol;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class SeveralServersExamples
{
    [Fact]
    public async Task Servers_live_side_by_side()
    {
        var builder = ExampleServer.CreateBuilder();

        // docs: several-servers
        builder.Services.AddSocketIO();   // at /socket.io
        builder.Services.AddSocketIO("devices", options =>
        {
            options.Path = "/devices";
            options.Parser = PacketParser.MessagePack;
            options.ServeClient = false;
        });

        var app = builder.Build();
        app.MapSocketIO(io => io.OnConnection(socket => socket.On("who", () => "people")));
        app.MapSocketIO("devices", io => io.OnConnection(socket => socket.On("who", () => "devices")));
        app.MapGet("/counts", (SocketIOServer people, [FromKeyedServices("devices")] SocketIOServer devices) =>
            new { people = people.Engine.ClientsCount, devices = devices.Engine.ClientsCount });
        // end

        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAsync();
        Assert.Equal("people", await client.EmitWithAckAsync<string>("who"));
        using var http = server.CreateHttpClient();
        Assert.Equal("""{"people":1,"devices":0}""", await http.GetStringAsync("/counts"));
        Assert.StartsWith("0{\"sid\":", await http.GetStringAsync("/devices/?EIO=4&transport=polling"));
    }
}
