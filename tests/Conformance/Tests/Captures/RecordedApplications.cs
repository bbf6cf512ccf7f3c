using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>The applications that ran on the recorded servers, as their logs at the end of each recording tell.</summary>
internal static class RecordedApplications
{
    /// <summary>The application on servers 1.0 to 2.5.</summary>
    public static void MapEngineIO3(SocketIOServer io)
    {
        io.OnConnection(socket =>
        {
            socket.Send("hello ü☃😀");
            socket.Emit("news", "x", new[] { 1, 2 }, new { k = (string?)null });
            Ask(socket, "ask", "q");
            socket.On("message", (string text) => socket.Send("echo " + text));
            socket.On("ev", (JsonElement value, Ack ack) => ack.Send("got", value));
            socket.On("bin", (Ack ack) =>
            {
                ack.Send(new { r = new byte[] { 9, 8, 255 } });
                socket.Emit("binback", new byte[] { 1, 2, 3, 254 }, new { deep = new[] { "xyz"u8.ToArray() } });
            });
        });
        io.Of("/chat").OnConnection(socket =>
        {
            socket.Emit("nsev", "welcome");
            socket.On("message", (string text) => socket.Send("echo " + text));
            socket.On("ev", (JsonElement value, Ack ack) => ack.Send("got", value));
        });
        io.Of("/secret").Use(static (_, _) => throw new ConnectRefusedException("nope"));
    }

    /// <summary>The application on servers 0.7 to 0.9.</summary>
    public static void MapVersion09(SocketIOServer io)
    {
        io.OnConnection(socket =>
        {
            socket.Send("hello ü☃😀");
            socket.Send(new { a = 1, s = "☃" });
            socket.Emit("news", "x", new[] { 1, 2 }, new { k = (string?)null });
            if (socket.Connection.Transport is not ("xhr-polling" or "jsonp-polling"))
            {
                // Volatile in the recorded application, whose streams had taken by then what was sent before; here that is a matter of time.
                socket.Emit("vol", 1);
            }

            Ask(socket, "askdata", "q");
            Ask(socket, "asksimple");
            Forget(socket.SendWithAckAsync("ack me"));
            socket.On("message", (JsonElement message) => socket.Send("echo " + TextOf(message)));
            socket.On("ev", (JsonElement value, Ack ack) => ack.Send("got", new { a = value }));
            socket.On("noargs", () => { socket.Emit("noargs"); });
            socket.On("kick", () => { socket.Disconnect(); });
        });
        io.Of("/chat").OnConnection(socket =>
        {
            socket.Send("welcome to chat");
            socket.Emit("nsev", new { n = 1 });
            socket.On("message", (JsonElement message) => socket.Send("echo " + TextOf(message)));
            socket.On("ev", (JsonElement value, Ack ack) => ack.Send("got", new { a = value }));
        });
        io.Of("/secret").Use(static (_, _) => throw new ConnectRefusedException("unauthorized"));
        io.Of("/err").Use(static (_, _) => throw new ConnectRefusedException("it has failed"));
    }

    /// <summary>The application on server 0.6 and on the 0.7 in development.</summary>
    public static void MapVersion06(SocketIOServer io) => io.OnConnection(socket =>
    {
        socket.Send("hello ü☃😀");
        socket.Send(new { a = 1, s = "☃" });
        socket.On("message", (JsonElement message) => socket.Send(message));
    });

    /// <summary>The application on server 0.4, whose polling counted characters where bytes were needed.</summary>
    public static void MapVersion02(SocketIOServer io) => io.OnConnection(socket =>
    {
        socket.Send(socket.Connection.Transport == "websocket" ? "hello ü☃😀" : "hello ascii");
        socket.Send("{\"a\":1}");
        socket.On("message", (JsonElement message) => socket.Send(message));
    });

    /// <summary>The application on the server with two greetings.</summary>
    public static void MapDualGreeting(SocketIOServer io) => io.OnConnection(static socket =>
        socket.On("message", (JsonElement message) => socket.Send("echo " + (message.ValueKind == JsonValueKind.String ? "" : "~j~") + TextOf(message))));

    private static string TextOf(JsonElement message) => message.ValueKind == JsonValueKind.String ? message.GetString()! : message.GetRawText();

    // The recorded clients do not all live to answer.
    private static void Ask(Socket socket, string name, params object?[] args) =>
        Forget(socket.EmitWithAckAsync(name, args));

    private static void Forget(Task answer) => answer.ContinueWith(static answer => answer.Exception, TaskScheduler.Default);
}
