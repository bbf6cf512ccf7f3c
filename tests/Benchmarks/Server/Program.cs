// The server that load generators talk to.
// Options come from the configuration, such as --SocketIO:PingInterval=00:00:10; GET /stats tells what the process holds.
using SocketIO.Benchmarks;
using SocketIO.Server;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.Services.AddSocketIO(options =>
{
    options.ServeClient = false;
    builder.Configuration.GetSection("SocketIO").Bind(options);
});
var app = builder.Build();
app.MapSocketIO(Handlers.Map);
app.MapGet("/stats", (HttpContext context, SocketIOServer io, bool collect = false) =>
    context.Response.WriteAsJsonAsync(ServerStats.Of(io, collect)));
app.Run();
