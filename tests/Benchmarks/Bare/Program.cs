// The floor: ASP.NET Core's own WebSocket with no Socket.IO behind it. It knows the load generator's frames by their first bytes,
// parses nothing, and so marks what no server on Kestrel that sends message by message can undercut by much.
using System.Collections.Concurrent;
using System.Net.WebSockets;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
var app = builder.Build();
app.UseWebSockets();
var room = new ConcurrentDictionary<WebSocket, SemaphoreSlim>();
app.Run(async context =>
{
    using var socket = await context.WebSockets.AcceptWebSocketAsync();
    using var gate = new SemaphoreSlim(1);
    await SendAsync(socket, gate, "0{\"sid\":\"x\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}"u8.ToArray());
    var buffer = new byte[4096];
    while (await socket.ReceiveAsync(buffer.AsMemory(), default) is { MessageType: not WebSocketMessageType.Close } result)
    {
        var message = buffer.AsMemory(0, result.Count);
        if (message.Span.StartsWith("40"u8))
        {
            await SendAsync(socket, gate, "40{\"sid\":\"y\"}"u8.ToArray());
        }
        else if (message.Span.StartsWith("42[\"join"u8))
        {
            room[socket] = gate;
        }
        else if (message.Span.StartsWith("42[\"bcast"u8))
        {
            byte[] copy = [.. "42[\"msg\",\""u8, .. message.Span[16..]];
            foreach (var (other, otherGate) in room)
            {
                await SendAsync(other, otherGate, copy);
            }
        }
        else if (message.Span.StartsWith("42"u8))
        {
            var bracket = message.Span.IndexOf((byte)'[');
            var comma = message.Span.IndexOf((byte)',');
            await SendAsync(socket, gate, (byte[])[.. "43"u8, .. message.Span[2..bracket], (byte)'[', .. message.Span[(comma + 1)..]]);
        }
    }

    room.TryRemove(socket, out _);
});
app.Run();

static async Task SendAsync(WebSocket socket, SemaphoreSlim gate, ReadOnlyMemory<byte> message)
{
    await gate.WaitAsync();
    try
    {
        await socket.SendAsync(message, WebSocketMessageType.Text, true, default);
    }
    finally
    {
        gate.Release();
    }
}
