// A gateway. It knows nothing of a chat but its name and the page: who serves the namespace is configuration.
using System.Net;
using StackExchange.Redis;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Configuration.AddInMemoryCollection([new("SocketIO:Cluster:Handlers:/chat:GrainType", "chat-room")]);
builder.Logging.AddSimpleConsole(static console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
builder.UseOrleans(silo =>
{
    silo.UseLocalhostClustering(
        builder.Configuration.GetValue<int>("silo-port"),
        builder.Configuration.GetValue<int>("client-port"),
        new IPEndPoint(IPAddress.Loopback, builder.Configuration.GetValue<int>("primary-port")));
    if (builder.Configuration["redis"] is { } redis)
    {
        silo.AddRedisGrainStorage("SocketIO", options => options.ConfigurationOptions = ConfigurationOptions.Parse(redis));
    }
    else
    {
        // In one grain: which of several holds a key, each process would see in its own way.
        silo.AddMemoryGrainStorage("SocketIO", static options => options.NumStorageGrains = 1);
    }
});
builder.Services.AddSocketIO().UseOrleans(options => builder.Configuration.GetSection("SocketIO:Cluster").Bind(options));

var app = builder.Build();
app.MapSocketIO();
app.MapGet("/", static () => Results.Stream(typeof(Program).Assembly.GetManifestResourceStream("page.html")!, "text/html; charset=utf-8"));
await app.RunAsync();
