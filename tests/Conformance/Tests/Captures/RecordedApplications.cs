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

    // The recorded clients do not all live to answer.
    private static void Ask(Socket socket, string name, params object?[] args) =>
        socket.EmitWithAckAsync(name, args).ContinueWith(static answer => answer.Exception, TaskScheduler.Default);
}
