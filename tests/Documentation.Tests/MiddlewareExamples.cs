using SocketIO.Server;

namespace Documentation.Tests;

public sealed class MiddlewareExamples
{
    [Fact]
    public async Task A_namespace_middleware_refuses_a_client()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: middleware
            io.Use(async (socket, next) =>
            {
                if (socket.Handshake.GetQuery("banned") is not null || socket.Handshake.Headers.ContainsKey("X-Banned"))
                {
                    throw new ConnectRefusedException("not today", new { code = "banned" });
                }

                socket.Data["since"] = DateTimeOffset.UtcNow;
                await next();
            });
            // end
        });
        await using var client = await server.ConnectAsync();
        Assert.NotNull(server.IO.Sockets.Sockets[client.Id].Data["since"]);
        var error = await Assert.ThrowsAsync<ConnectErrorException>(() => server.ConnectAsync(headers: ("X-Banned", "1")));
        Assert.Equal("not today", error.Message);
        Assert.Equal("banned", error.Details!.Value.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_socket_middleware_keeps_an_event_from_its_handlers()
    {
        var errors = new List<string>();
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: socket-middleware
            io.OnConnection(socket =>
            {
                socket.Use(async (packet, next) =>
                {
                    if (packet.Name == "delete" && !socket.User.IsInRole("admin"))
                    {
                        packet.Ack?.Send("forbidden");
                        throw new UnauthorizedAccessException("delete is for admins");
                    }

                    await next();
                });
                socket.OnError(error => errors.Add(error.Message));
                socket.On("delete", () => "deleted");
                socket.On("read", () => "text");
            });
            // end
        });
        await using var client = await server.ConnectAsync();
        Assert.Equal("forbidden", await client.EmitWithAckAsync<string>("delete"));
        Assert.Equal("text", await client.EmitWithAckAsync<string>("read"));
        Assert.Equal(["delete is for admins"], errors);
    }

    [Fact]
    public async Task An_engine_middleware_sees_every_request()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: engine-middleware
            io.Engine.Use(async (context, next) =>
            {
                if (context.Request.Headers.UserAgent.ToString().Contains("bot", StringComparison.OrdinalIgnoreCase))
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    return;
                }

                await next();
            });

            io.Engine.InitialHeaders += (headers, context) => headers["X-Server"] = Environment.MachineName;
            // end
        });
        using var http = server.CreateHttpClient();
        using var welcome = await http.GetAsync("/socket.io/?EIO=4&transport=polling");
        Assert.Equal(System.Net.HttpStatusCode.OK, welcome.StatusCode);
        Assert.Equal(Environment.MachineName, welcome.Headers.GetValues("X-Server").Single());
        http.DefaultRequestHeaders.UserAgent.ParseAdd("crawlbot/1.0");
        using var refused = await http.GetAsync("/socket.io/?EIO=4&transport=polling");
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
    }
}
