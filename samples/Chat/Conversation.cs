using SocketIO.Server;

namespace Chat;

/// <summary>What people do in the chat: the handlers of the page's events.</summary>
public sealed partial class Conversation(SocketIOServer io, Nicknames nicknames, Presence presence, TimeProvider time, ILogger<Conversation> logger)
{
    private static readonly TimeSpan DeliveryTimeout = TimeSpan.FromSeconds(5);
    private static readonly SentAnswer NotAMember = SentAnswer.Refused("You are not in this room.");

    /// <summary>Registers everything with the server.</summary>
    /// <param name="server">The server.</param>
    public void Serve(SocketIOServer server)
    {
        server.Use(nicknames.SignInAsync);
        server.OnConnection(EnterAsync);
    }

    private async Task EnterAsync(Socket socket)
    {
        var left = Array.Empty<string>();
        socket.OnDisconnecting(_ => left = [.. RoomName.FromServer(socket.Rooms)]);
        socket.OnDisconnect(disconnection => _ = ExitAsync(socket, left));
        if (!nicknames.TryHold(socket))
        {
            socket.Disconnect(close: true);
            return;
        }

        socket.On("join", JoinAsync);
        socket.On("leave", LeaveAsync);
        socket.On("message", SendText);
        socket.On("image", SendImage);
        socket.On("typing", ShowTyping);
        socket.On("private", SendPrivateAsync);
        if (socket.Recovered)
        {
            // The page knows the rest, and has got what it missed.
            await presence.AnnounceAsync([.. RoomName.FromServer(socket.Rooms)]);
        }
        else
        {
            await presence.WelcomeAsync(socket);
        }
    }

    private async Task ExitAsync(Socket socket, string[] left)
    {
        try
        {
            nicknames.Release(socket);
            if (left.Length > 0)
            {
                await presence.AnnounceAsync(left);
            }
        }
        catch (Exception e)
        {
            Log.ExitFailed(logger, e, socket.Id);
        }
    }

    private async Task<JoinAnswer> JoinAsync(Socket socket, string? room)
    {
        if (!RoomName.IsValid(room))
        {
            return new JoinAnswer(false, $"A room's name has up to {Limits.Default.Room} letters, digits, - and _.");
        }

        await socket.JoinAsync(RoomName.ToServer(room!));
        await presence.AnnounceAsync(room!);
        return new JoinAnswer(true, Members: await presence.GetMembersAsync(room!));
    }

    private async Task LeaveAsync(Socket socket, string? room)
    {
        if (IsMember(socket, room))
        {
            await socket.LeaveAsync(RoomName.ToServer(room!));
            await presence.AnnounceAsync(room!);
        }
    }

    private SentAnswer SendText(Socket socket, string? room, string? text)
    {
        if (!IsMember(socket, room))
        {
            return NotAMember;
        }

        if (CheckText(text) is { } refusal)
        {
            return refusal;
        }

        var message = new RoomMessage(Guid.NewGuid(), room!, socket.GetUser(), text!, time.GetUtcNow());
        socket.To(RoomName.ToServer(room!)).Emit("message", message);
        return SentAnswer.Sent(message.Id, message.At);
    }

    private SentAnswer SendImage(Socket socket, string? room, Image? image)
    {
        if (!IsMember(socket, room))
        {
            return NotAMember;
        }

        if (image is not { Name: { } name, Type: { } type, Bytes: { Length: > 0 } bytes } || bytes.Length > Limits.Default.Image)
        {
            return SentAnswer.Refused($"An image has a name, a type and up to {Limits.Default.Image} bytes.");
        }

        var message = new RoomImage(Guid.NewGuid(), room!, socket.GetUser(), name, type, bytes, time.GetUtcNow());
        socket.To(RoomName.ToServer(room!)).Emit("image", message);
        return SentAnswer.Sent(message.Id, message.At);
    }

    private static void ShowTyping(Socket socket, string? room, bool isTyping)
    {
        if (IsMember(socket, room))
        {
            socket.To(RoomName.ToServer(room!)).Volatile.Emit("typing", new Typing(room!, socket.GetUser(), isTyping));
        }
    }

    private async Task<SentAnswer> SendPrivateAsync(Socket socket, string? to, string? text)
    {
        if (to is null || !io.Sockets.Sockets.TryGetValue(to, out var other))
        {
            return SentAnswer.Refused("This person has left.");
        }

        if (CheckText(text) is { } refusal)
        {
            return refusal;
        }

        var message = new PrivateMessage(Guid.NewGuid(), socket.GetUser(), text!, time.GetUtcNow());
        return SentAnswer.Sent(message.Id, message.At) with { Delivered = await DeliverAsync(other, message) };
    }

    private static async Task<bool> DeliverAsync(Socket to, PrivateMessage message)
    {
        try
        {
            return await to.Timeout(DeliveryTimeout).EmitWithAckAsync<bool>("private", message);
        }
        catch (Exception e) when (e is AckTimeoutException or SocketDisconnectedException)
        {
            return false;
        }
    }

    private static bool IsMember(Socket socket, string? room) => RoomName.IsValid(room) && socket.Rooms.Contains(RoomName.ToServer(room!));

    private static SentAnswer? CheckText(string? text) =>
        string.IsNullOrWhiteSpace(text) || text.Length > Limits.Default.Text
            ? SentAnswer.Refused($"A message has 1 to {Limits.Default.Text} characters.")
            : null;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The rooms were not told that {Id} has left")]
        public static partial void ExitFailed(ILogger logger, Exception exception, string id);
    }
}
