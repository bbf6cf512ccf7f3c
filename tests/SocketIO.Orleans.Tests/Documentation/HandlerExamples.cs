using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans;

namespace SocketIO.Orleans.Tests;

/// <summary>The code of docs/handlers.md.</summary>
public sealed class HandlerExamples
{
    [Fact]
    public async Task A_grain_serves_a_namespace()
    {
        var cluster = new OrleansCluster();
        var nodes = await cluster.StartAsync(2, static _ => { }, static options => options.Handlers["/chat"] = new NamespaceHandlerOptions { GrainType = "chat" });
        await using var first = nodes[0];
        await using var second = nodes[1];

        var refusal = await Assert.ThrowsAsync<TestRefusedException>(() => first.ConnectAsync("/chat"));
        Assert.Equal("name", refusal.Payload.GetProperty("data").GetProperty("code").GetString());
        var ada = await first.ConnectAsync("/chat", new { name = "Ada" });
        var grace = await second.ConnectAsync("/chat", new { name = "Grace" });
        Assert.Equal("ok", (await ada.EmitWithAckAsync("say", "hello")).Text(0));
        var said = await grace.NextAsync("said");
        Assert.Equal(("Ada", "hello"), (said.Text(0), said.Text(1)));
        await ada.LeaveAsync();
        var left = await grace.NextAsync("left");
        Assert.Equal(("Ada", "client namespace disconnect"), (left.Text(0), left.Text(1)));
    }

    [Fact]
    public void The_handlers_come_from_the_configuration()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([
            new("SocketIO:Cluster:Handlers:/chat:GrainType", "chat"),
            new("SocketIO:Cluster:Handlers:/chat:Key", "Namespace"),
        ]);

        // docs: handlers-gateway
        builder.Services.AddSocketIO().UseOrleans(options => builder.Configuration.GetSection("SocketIO:Cluster").Bind(options));
        // end

        using var services = builder.Services.BuildServiceProvider();
        var handler = services.GetRequiredService<IOptions<SocketIOClusterOptions>>().Value.Handlers["/chat"];
        Assert.Equal(("chat", NamespaceHandlerKey.Namespace, 65_536), (handler.GrainType, handler.Key, handler.MaxQueuedBytes));
    }
}

// docs: handlers-grain
[GrainType("chat")]
public sealed class ChatHandler : Grain, INamespaceHandler
{
    public Task<ConnectAnswer> ConnectAsync(ClientHandshake handshake, ClientAuth auth)
    {
        var name = auth.Get<Login>()?.Name;
        return Task.FromResult(string.IsNullOrEmpty(name)
            ? ConnectAnswer.Refuse("a name is missing", new { code = "name" })
            : ConnectAnswer.Accept("lobby").WithData("since", handshake.Issued).AsMember(name));
    }

    public async Task<EventAnswer?> OnEventAsync(ClientEvent received)
    {
        switch (received.Name)
        {
            case "say":
                await GrainFactory.SocketIO(received.Socket.Namespace).To("lobby").EmitAsync("said", received.Socket.Member, received.Get<string>(0));
                return EventAnswer.Of("ok");
            default:
                return null;
        }
    }

    public Task OnDisconnectAsync(ClientDisconnect disconnect) =>
        GrainFactory.SocketIO(disconnect.Socket.Namespace).To("lobby").EmitAsync("left", disconnect.Socket.Member, disconnect.Reason);
}
// end

/// <summary>What a client of the chat gives as <c>auth</c>.</summary>
public sealed record Login(string? Name);
