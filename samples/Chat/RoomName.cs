using System.Text.RegularExpressions;

namespace Chat;

/// <summary>The chat's rooms among the server's: behind a prefix, as each socket has a room of its own that is named by its id.</summary>
internal static partial class RoomName
{
    /// <summary>Whoever has been welcomed; no room of the chat's, as it lacks the prefix.</summary>
    public const string Everybody = "everybody";

    private const char Prefix = '#';

    /// <summary>Rooms that are listed also when nobody is there.</summary>
    public static readonly string[] Permanent = ["lobby", "dotnet", "random"];

    public static bool IsValid(string? name) => name is not null && Pattern().IsMatch(name);

    public static string ToServer(string name) => Prefix + name;

    /// <summary>The chat's names of those that are the chat's.</summary>
    public static IEnumerable<string> FromServer(IEnumerable<string> rooms) =>
        rooms.Where(static room => room.StartsWith(Prefix)).Select(static room => room[1..]);

    [GeneratedRegex(@"^[\p{L}\p{N}][\p{L}\p{N}_-]{0,23}\z")]
    private static partial Regex Pattern();
}
