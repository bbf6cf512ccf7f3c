// The server that load generators talk to: "ack"(x) answers x, "join"(room), "bcast"(room, x) sends "msg"(x) to the room.
using SocketIO.Server;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.Services.AddSocketIO(options => options.ServeClient = false);
var app = builder.Build();
app.MapSocketIO(io => io.OnConnection(socket => socket
    .On("ack", (string value) => value)
    .On("join", (string room) => socket.JoinAsync(room))
    .On("bcast", (string room, string value) => io.To(room).Emit("msg", value))));
app.Run();
