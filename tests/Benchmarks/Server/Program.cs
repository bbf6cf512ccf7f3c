// The server that load generators talk to: "ack"(x) answers x, "join"(room), "bcast"(room, x) sends "msg"(x) to the room.
// Options come from the configuration, such as --SocketIO:PingInterval=00:00:10; GET /stats tells what the process holds.
using System.Diagnostics;
using SocketIO.Server;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.Services.AddSocketIO(options =>
{
    options.ServeClient = false;
    builder.Configuration.GetSection("SocketIO").Bind(options);
});
var app = builder.Build();
app.MapSocketIO(io => io.OnConnection(socket => socket
    .On("ack", (string value) => value)
    .On("join", (string room) => socket.JoinAsync(room))
    .On("bcast", (string room, string value) => io.To(room).Emit("msg", value))));
app.MapGet("/stats", async (HttpContext context, SocketIOServer io) =>
{
    using var process = Process.GetCurrentProcess();
    await context.Response.WriteAsync(
        $"{io.Engine.ClientsCount} {io.Sockets.Sockets.Count} {process.WorkingSet64} {process.Threads.Count} {Timer.ActiveCount}");
});
app.Run();
