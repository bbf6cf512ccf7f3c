// What goes over the wire; chat.js has the vocabulary.
namespace Chat;

/// <summary>Somebody in the chat.</summary>
/// <param name="Id">The socket's id.</param>
/// <param name="Name">The nickname.</param>
public sealed record User(string Id, string Name);

/// <summary>How much is allowed; the page knows it from <c>welcome</c>.</summary>
/// <param name="Name">Characters of a nickname.</param>
/// <param name="Room">Characters of a room's name.</param>
/// <param name="Text">Characters of a message.</param>
/// <param name="Image">Bytes of an image.</param>
public sealed record Limits(int Name, int Room, int Text, int Image)
{
    /// <summary>The limits in force.</summary>
    public static Limits Default { get; } = new(Name: 24, Room: 24, Text: 2000, Image: 1_000_000);
}

/// <summary>The first event of a new session.</summary>
public sealed record Welcome(User User, Limits Limits);

/// <summary>A line of the list of rooms.</summary>
public sealed record RoomSummary(string Name, int Count);

/// <summary>An image as a client sends it.</summary>
public sealed record Image(string? Name, string? Type, byte[]? Bytes);

/// <summary>A message to a room.</summary>
public sealed record RoomMessage(Guid Id, string Room, User From, string Text, DateTimeOffset At);

/// <summary>An image to a room.</summary>
public sealed record RoomImage(Guid Id, string Room, User From, string Name, string Type, byte[] Bytes, DateTimeOffset At);

/// <summary>A message to one person.</summary>
public sealed record PrivateMessage(Guid Id, User From, string Text, DateTimeOffset At);

/// <summary>Somebody types, or has stopped.</summary>
public sealed record Typing(string Room, User From, bool IsTyping);

/// <summary>The answer to <c>join</c>.</summary>
public sealed record JoinAnswer(bool Ok, string? Error = null, IReadOnlyList<User>? Members = null);

/// <summary>The answer to whatever sends something.</summary>
public sealed record SentAnswer(bool Ok, string? Error = null, Guid? Id = null, DateTimeOffset? At = null, bool? Delivered = null)
{
    /// <summary>It was not sent.</summary>
    public static SentAnswer Refused(string error) => new(false, error);

    /// <summary>It was sent.</summary>
    public static SentAnswer Sent(Guid id, DateTimeOffset at) => new(true, Id: id, At: at);
}
