// The application's silo. It has no clients of its own: those of the gateways are served by its grains.
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.ClearProviders().AddSimpleConsole(static console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning)
    .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information).AddFilter("Orleans.Runtime.Silo", LogLevel.Error);
builder.UseOrleans(silo => silo.UseLocalhostClustering(
    builder.Configuration.GetValue<int>("silo-port"),
    builder.Configuration.GetValue<int>("client-port"),
    new IPEndPoint(IPAddress.Loopback, builder.Configuration.GetValue<int>("primary-port"))));
await builder.Build().RunAsync();
