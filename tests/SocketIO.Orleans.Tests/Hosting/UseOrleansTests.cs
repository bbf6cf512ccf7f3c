using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>What is missing or makes no sense is said when the host starts.</summary>
public sealed class UseOrleansTests
{
    [Fact]
    public void A_silo_has_one_gateway()
    {
        var services = new ServiceCollection();
        services.AddSocketIO().UseOrleans();
        Assert.Contains("twice", Assert.Throws<InvalidOperationException>(() => services.AddSocketIO("other").UseOrleans()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_no_silo_is_told_so()
    {
        var builder = CreateBuilder();
        builder.Services.AddSocketIO().UseOrleans();
        await using var app = builder.Build();
        Assert.Contains("no silo", Assert.ThrowsAny<Exception>(() => app.MapSocketIO()).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_without_the_storage_does_not_start()
    {
        var builder = CreateBuilder();
        builder.UseOrleans(static silo => silo.UseLocalhostClustering(OrleansCluster.FindPort(), OrleansCluster.FindPort()));
        builder.Services.AddSocketIO().UseOrleans();
        await using var app = builder.Build();
        app.MapSocketIO();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync());
        Assert.Contains("a grain storage named \"SocketIO\"", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_storage_in_memory_is_enough_for_a_first_try()
    {
        await using var node = await Node.StartBareAsync(
            static builder =>
            {
                builder.UseOrleans(static silo => silo.UseLocalhostClustering(OrleansCluster.FindPort(), OrleansCluster.FindPort()).AddMemoryGrainStorage("SocketIO"));
                builder.Services.AddSocketIO().UseOrleans();
            },
            static app => app.MapSocketIO());
        var client = await node.ConnectAsync();
        await node[client].JoinAsync("room");
        node.Io.To("room").Emit("news");
        await client.NextAsync("news");
    }

    [Theory]
    [InlineData(nameof(SocketIOClusterOptions.Partitions), 0)]
    [InlineData(nameof(SocketIOClusterOptions.Partitions), 1025)]
    [InlineData(nameof(SocketIOClusterOptions.MaxGateways), 0)]
    [InlineData(nameof(SocketIOClusterOptions.MaxNamespaces), 0)]
    [InlineData(nameof(SocketIOClusterOptions.MaxLogPackets), -1)]
    [InlineData(nameof(SocketIOClusterOptions.MaxRoomNameBytes), 0)]
    public void An_option_that_makes_no_sense_is_named(string option, int value)
    {
        var services = new ServiceCollection();
        services.AddSocketIO().UseOrleans(options => typeof(SocketIOClusterOptions).GetProperty(option)!.SetValue(options, value));
        using var provider = services.BuildServiceProvider();
        var error = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<SocketIOClusterOptions>>().Value);
        Assert.Contains($"{option} is {value}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recovery_with_more_than_one_partition_is_refused()
    {
        var builder = CreateBuilder();
        builder.UseOrleans(static silo => silo.UseLocalhostClustering(OrleansCluster.FindPort(), OrleansCluster.FindPort()).AddMemoryGrainStorage("SocketIO"));
        builder.Services
            .AddSocketIO(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions())
            .UseOrleans(static options => options.Partitions = 2);
        await using var app = builder.Build();
        Assert.Contains("1 partition", Assert.ThrowsAny<Exception>(() => app.MapSocketIO()).ToString(), StringComparison.Ordinal);
    }

    private static WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        return builder;
    }
}
