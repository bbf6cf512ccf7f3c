using System.Collections.Concurrent;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class ErrorExamples
{
    [Fact]
    public async Task The_end_of_a_socket_has_a_reason()
    {
        var reasons = new ConcurrentQueue<string>();
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: errors-disconnect
            io.OnConnection(socket =>
            {
                socket.On("quit", () => { socket.Disconnect(); });
                socket.OnDisconnect(end =>
                {
                    reasons.Enqueue(end.Reason);
                    if (end.Reason is CloseReasons.PingTimeout or CloseReasons.TransportError)
                    {
                        Console.WriteLine($"{socket.Id} was lost: {end.Reason} {end.Detail}");
                    }
                });
            });
            // end
        });
        await using var leaves = await server.ConnectAndWaitAsync();
        await leaves.DisconnectAsync();
        await Eventually.TrueAsync(() => reasons.Count == 1);
        await using var quits = await server.ConnectAsync();
        await quits.EmitAsync("quit");
        Assert.Equal("io server disconnect", await quits.Closed);
        Assert.Equal(["client namespace disconnect", "server namespace disconnect"], reasons);
    }

    [Fact]
    public async Task What_goes_wrong_with_an_event_reaches_the_error_handler()
    {
        var errors = new ConcurrentQueue<Exception>();
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: errors-event
            io.OnConnection(socket =>
            {
                socket.On("square", (int number) => number * number);
                socket.OnError(error =>
                {
                    errors.Enqueue(error);
                    if (error is EventBindingException)
                    {
                        socket.Emit("bad-request", error.Message);
                    }
                });
            });
            // end
        });
        await using var client = await server.ConnectAsync();
        await client.EmitAsync("square", "three");
        Assert.StartsWith("The argument 'number' (number 0) is no Int32", (await client.NextAsync("bad-request")).Get<string>());
        Assert.IsType<EventBindingException>(Assert.Single(errors));
    }

    [Fact]
    public async Task Refused_requests_are_reported()
    {
        var errors = new ConcurrentQueue<string>();
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: errors-connection
            io.Engine.ConnectionError += error =>
                errors.Enqueue($"{error.Request.Request.Path}: {error.Code} {error.Message} ({error.Context})");
            // end
        });
        using var http = server.CreateHttpClient();
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", await TransportExamples.GetTextAsync(http, "/socket.io/?EIO=4&transport=polling&sid=gone"));
        Assert.Equal(["/socket.io/: 1 Session ID unknown (sid 'gone')"], errors);
    }
}
