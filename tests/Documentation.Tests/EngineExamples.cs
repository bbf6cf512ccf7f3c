using System.Net.WebSockets;
using System.Text;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class EngineExamples
{
    [Fact]
    public async Task Engine_IO_can_be_used_alone()
    {
        var builder = ExampleServer.CreateBuilder();

        // docs: engine
        builder.Services.AddEngineIO(options => options.PingInterval = TimeSpan.FromSeconds(10));

        var app = builder.Build();
        app.MapEngineIO(engine => engine.Connection += connection =>
        {
            connection.MessageReceived += (data, isBinary) =>
            {
                if (isBinary)
                {
                    connection.Send(data);
                }
                else
                {
                    connection.Send(Encoding.UTF8.GetString(data.Span));
                }
            };
            connection.Closed += (reason, detail) => Console.WriteLine($"{connection.RemoteAddress}: {reason} {detail}");
        });
        // end

        await using var server = await ExampleServer.StartAsync(app);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(server.Url.Replace("http:", "ws:") + "/engine.io/?EIO=4&transport=websocket"), default);
        var buffer = new byte[4096];
        Assert.StartsWith("0{", Encoding.UTF8.GetString(buffer, 0, (await socket.ReceiveAsync(buffer, default)).Count));
        await socket.SendAsync("4hello"u8.ToArray(), WebSocketMessageType.Text, true, default);
        Assert.Equal("4hello", Encoding.UTF8.GetString(buffer, 0, (await socket.ReceiveAsync(buffer, default)).Count));
    }
}
