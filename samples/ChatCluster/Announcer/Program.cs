// A program that is no silo and has no clients: it talks to the chat through any silo, as an Orleans client.
using ChatCluster.Announcer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.ClearProviders().AddSimpleConsole(static console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning)
    .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
builder.UseOrleansClient(client => client.UseLocalhostClustering(builder.Configuration.GetValue<int>("client-port")));
builder.Services.AddHostedService<Announcements>();
await builder.Build().RunAsync();
