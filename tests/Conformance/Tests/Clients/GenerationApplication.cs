using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>
/// The application that clients of all generations talk to: what <c>scenario.js</c> does with it, the oldest can do with messages alone. A message that begins
/// with a slash is a command, any other comes back.
/// </summary>
internal sealed class GenerationApplication
{
    private const string Room = "everybody";
    private const string Watchers = "watchers";

    private readonly ConcurrentDictionary<string, IConnectionLifetimeFeature> _connections = new();

    public void Map(WebApplication app)
    {
        app.Use(async (context, next) =>
        {
            var (id, lifetime) = (context.Connection.Id, context.Features.Get<IConnectionLifetimeFeature>()!);
            if (_connections.TryAdd(id, lifetime))
            {
                lifetime.ConnectionClosed.Register(() => _connections.TryRemove(id, out _));
            }

            await next(context);
        });
        // The forms that clients up to 0.6 post are in the page's encoding.
        app.MapGet("/page", static () => Results.Content("<!DOCTYPE html><meta charset=\"utf-8\"><title>Clients</title><body></body>", "text/html"));
        app.MapPost("/cut", (HttpContext context) => Cut(context.Connection.Id));
        app.MapSocketIO(static io =>
        {
            io.OnConnection(Serve);
            io.Of("/chat").OnConnection(Serve);
            io.Of("/secret").Use(static (_, _) => throw new ConnectRefusedException("unauthorized"));
        });
    }

    /// <summary>Every connection is lost but one, as when a cable is pulled out.</summary>
    private void Cut(string survivor)
    {
        foreach (var (id, lifetime) in _connections)
        {
            if (id != survivor)
            {
                lifetime.Abort();
            }
        }
    }

    private static void Serve(Socket socket)
    {
        socket.On("message", async (JsonElement message, EventArguments args) =>
        {
            var text = message.ValueKind == JsonValueKind.String ? message.GetString()! : "";
            if (text.StartsWith('/'))
            {
                await ObeyAsync(socket, text);
            }
            else
            {
                socket.Send(args.ToArray());
            }
        });
        socket.On("echo", (EventArguments args) => socket.Emit("echo", args.ToArray()));
        socket.On("echo-binary", (EventArguments args) => socket.Emit("echo-binary", args.ToArray()));
        socket.On("measure", static (byte[] bytes, Ack ack) => ack.Send(bytes.Length, bytes.Sum(static b => b)));
        socket.On("sum", static (double a, double b) => a + b);
        socket.On("nsp", () => socket.Namespace.Name);
        socket.On("ask", async (EventArguments args) =>
        {
            var answer = await socket.EmitWithAckAsync("question", args.ToArray());
            socket.Emit("answered", answer.ToArray());
        });
        socket.OnDisconnect(_ => socket.Namespace.To(Watchers).Except(socket.Id).Send("somebody has left"));
    }

    private static async Task ObeyAsync(Socket socket, string command)
    {
        switch (command.Split(' ', 2))
        {
            case ["/join"]:
                await socket.JoinAsync(Room);
                socket.Send("joined");
                break;
            case ["/say", var text]:
                socket.Namespace.To(Room).Send(text);
                break;
            case ["/watch"]:
                await socket.JoinAsync(Watchers);
                socket.Send("watching");
                break;
            case ["/kick"]:
                socket.Disconnect(close: true);
                break;
        }
    }
}
