using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>The code of docs/orleans.md.</summary>
public sealed class OrleansExamples
{
    [Fact]
    public async Task A_server_becomes_a_gateway()
    {
        var builder = WebApplication.CreateSlimBuilder();

        // docs: orleans-gateway
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering()               // a real cluster: Redis, ADO.NET, Kubernetes …
            .AddMemoryGrainStorage("SocketIO"));    // … with a storage that outlives the silos
        builder.Services.AddSocketIO().UseOrleans();
        // end

        await using var app = builder.Build();
        Assert.NotNull(app.Services.GetRequiredService<SocketIOServer>());
    }

    [Fact]
    public async Task Other_services_speak_to_clients()
    {
        var cluster = new OrleansCluster();
        var nodes = await cluster.StartAsync(2, static _ => { });
        await using var first = nodes[0];
        await using var second = nodes[1];
        using var host = await cluster.StartClientAsync();
        var grainFactory = host.Services.GetRequiredService<IClusterClient>();
        foreach (var node in nodes)
        {
            node.Io.Of("/chat");
        }

        var client = await first.ConnectAsync("/chat");
        var author = await second.ConnectAsync("/chat");
        await first[client].JoinAsync("lobby");
        await second[author].JoinAsync("lobby");
        client.Answer = static asked => asked.Name == "vote" ? ["yes"] : null;
        author.Answer = static asked => asked.Name == "vote" ? ["no"] : null;
        var (socketId, article, question) = (author.Id, "text", "sure?");

        // docs: orleans-outside
        var chat = grainFactory.SocketIO("/chat");
        await chat.To("lobby").Except(socketId).EmitAsync("news", article);
        var votes = await chat.To("lobby").Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<string>("vote", question);
        var present = await chat.In("lobby").FetchSocketsAsync();
        // end

        await client.NextAsync("news");
        await client.NextAsync("vote");
        await author.NextAsync("vote");
        Assert.Equal(["no", "yes"], votes.Order());
        Assert.Equal(new[] { author.Id, client.Id }.Order(), present.Select(static socket => socket.Id).Order());
        await host.StopAsync();
    }

    [Fact]
    public async Task Users_are_members_of_rooms()
    {
        var cluster = new OrleansCluster();
        var nodes = await cluster.StartAsync(1, static _ => { });
        await using var node = nodes[0];
        var io = node.Io;
        var grainFactory = node.App.Services.GetRequiredService<IGrainFactory>();
        var accounts = new Accounts();

        // docs: orleans-identify
        io.Use(async (socket, next) =>
        {
            var user = accounts.Check(socket.Handshake.Auth.GetProperty("token").GetString()!);
            await socket.IdentifyAsync("user:" + user);
            await next();
        });
        // end

        // docs: orleans-members
        await grainFactory.GetRoom("/", "lobby").AddMemberAsync("user:42");
        await grainFactory.SocketIO().To(MemberRoom.Of("user:42")).EmitAsync("welcome");
        var members = await grainFactory.GetRoom("/", "lobby").GetMembersAsync();
        // end

        Assert.Equal(["user:42"], members.Members);
        var client = await node.ConnectAsync("/", auth: new { token = "abc" });
        io.To("lobby").Emit("news");
        await client.NextAsync("news");
    }

    [Fact]
    public void Every_option_is_in_the_table_with_its_default()
    {
        var page = File.ReadAllText(Path.Combine(Root, "docs", "orleans.md"));
        var options = new SocketIOClusterOptions();
        foreach (var property in typeof(SocketIOClusterOptions).GetProperties())
        {
            Assert.Contains($"| `{property.Name}` | {Format(property.GetValue(options))} |", page, StringComparison.Ordinal);
        }
    }

    private static string Root { get; } = typeof(OrleansExamples).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyMetadataAttribute), false)
        .Cast<System.Reflection.AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "RepositoryRoot").Value!;

    private static string Format(object? value) => value switch
    {
        null or System.Collections.ICollection { Count: 0 } => "none",
        TimeSpan { TotalDays: >= 1 } time => FormattableString.Invariant($"{time.TotalDays:0} days"),
        TimeSpan time => FormattableString.Invariant($"{time.TotalSeconds:0} s"),
        long and >= 1 << 20 and var bytes when bytes % (1 << 20) == 0 => FormattableString.Invariant($"{bytes >> 20} MiB"),
        _ => FormattableString.Invariant($"{value:N0}"),
    };

    private sealed class Accounts
    {
        private readonly Dictionary<string, string> _users = new() { ["abc"] = "42" };

        public string Check(string token) => _users.TryGetValue(token, out var user) ? user : throw new ConnectRefusedException("unknown token");
    }
}
