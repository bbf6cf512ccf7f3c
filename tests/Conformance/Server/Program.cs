// Exactly what the official suites of the Engine.IO (v4) and Socket.IO (v5) protocols need:
//   dotnet run --project tests/Conformance/Server -- --urls http://127.0.0.1:3000
using SocketIO.Conformance.Server;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddEngineIO(SuiteServer.Configure);
builder.Services.AddSocketIO(SuiteServer.Configure);
var app = builder.Build();
app.MapEngineIO(SuiteServer.MapEcho);
app.MapSocketIO(SuiteServer.MapSuite);
app.Run();
