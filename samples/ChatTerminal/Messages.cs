// What the chat sends, as far as a terminal can show it.
namespace ChatTerminal;

/// <summary>Somebody in the chat.</summary>
public sealed record User(string Id, string Name);

/// <summary>A message to a room.</summary>
public sealed record RoomMessage(string Room, User From, string Text);

/// <summary>An image to a room.</summary>
public sealed record RoomImage(string Room, User From, string Name, byte[] Bytes);

/// <summary>A message to one person.</summary>
public sealed record PrivateMessage(User From, string Text);

/// <summary>The answer to whatever asks the server for something.</summary>
public sealed record Answer(bool Ok, string? Error, IReadOnlyList<User>? Members);
