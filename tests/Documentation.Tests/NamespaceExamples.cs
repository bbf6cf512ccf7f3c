using System.Text.RegularExpressions;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class NamespaceExamples
{
    [Fact]
    public async Task Namespaces_have_events_of_their_own()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: namespaces
            io.Of("/chat").OnConnection(socket =>
                socket.On("message", (string text) => socket.Namespace.Emit("message", text)));

            io.Of("/admin").OnConnection(socket =>
                socket.On("count", () => io.Of("/chat").Sockets.Count));
            // end
        });
        await using var chat = await server.ConnectAsync("/chat");
        await using var admin = await server.ConnectAsync("/admin");
        await chat.EmitAsync("message", "hello");
        Assert.Equal("hello", (await chat.NextAsync("message")).Get<string>());
        Assert.Equal(1, await admin.EmitWithAckAsync<int>("count"));
        var error = await Assert.ThrowsAsync<ConnectErrorException>(() => server.ConnectAsync("/unknown"));
        Assert.Equal("Invalid namespace", error.Message);
    }

    [Fact]
    public async Task Namespaces_can_be_made_by_a_pattern()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: dynamic-pattern
            var tenants = io.Of(new Regex("^/tenant-[0-9]+$"));
            tenants.OnConnection(socket => socket.Emit("welcome", socket.Namespace.Name));
            // end
        });
        await using var client = await server.ConnectAsync("/tenant-7");
        Assert.Equal("/tenant-7", (await client.NextAsync("welcome")).Get<string>());
        await Assert.ThrowsAsync<ConnectErrorException>(() => server.ConnectAsync("/tenant-x"));
    }

    [Fact]
    public async Task Namespaces_can_be_made_by_a_rule()
    {
        var known = new HashSet<string> { "/project-a" };
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: dynamic-rule
            var projects = io.Of((name, auth) => ValueTask.FromResult(known.Contains(name)));
            projects.OnConnection(socket => socket.On("save", (string text) =>
            {
                socket.Broadcast.Emit("saved", text);   // this project only
                projects.Emit("activity", socket.Namespace.Name);   // every project
            }));

            io.NewNamespace += ns => Console.WriteLine($"{ns.Name} was made");
            // end
        });
        await using var client = await server.ConnectAsync("/project-a");
        await client.EmitAsync("save", "text");
        Assert.Equal("/project-a", (await client.NextAsync("activity")).Get<string>());
        await Assert.ThrowsAsync<ConnectErrorException>(() => server.ConnectAsync("/project-b"));
    }

    [Fact]
    public async Task Empty_children_can_be_removed()
    {
        await using var server = await ExampleServer.StartAsync(
            io => io.Of(new Regex("^/room-")),
            options =>
            {
                // docs: dynamic-cleanup
                options.CleanupEmptyChildNamespaces = true;
                // end
            });
        await using (await server.ConnectAsync("/room-1"))
        {
            Assert.Contains("/room-1", server.IO.Namespaces.Keys);
        }

        await Eventually.TrueAsync(() => !server.IO.Namespaces.ContainsKey("/room-1"));
    }
}
