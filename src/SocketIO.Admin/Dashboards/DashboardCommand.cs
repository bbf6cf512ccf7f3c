using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>What a dashboard wants done with the sockets of a namespace, or of a room of it.</summary>
internal sealed class DashboardCommand
{
    /// <summary>The names of all commands.</summary>
    public static readonly IReadOnlyList<string> Names = ["emit", "join", "leave", "_disconnect"];

    private const int MaxLength = 1000;

    private readonly string? _filter;
    private readonly Func<BroadcastOperator, ValueTask> _run;

    private DashboardCommand(string ns, string? filter, Func<BroadcastOperator, ValueTask> run)
    {
        Namespace = ns.StartsWith('/') ? ns : "/" + ns;
        _filter = filter;
        _run = run;
    }

    /// <summary>The namespace's name.</summary>
    public string Namespace { get; }

    /// <summary>Reads a command; null: it is none.</summary>
    /// <param name="name">The command's name.</param>
    /// <param name="arguments">What the dashboard has sent with it.</param>
    public static DashboardCommand? Read(string name, EventArguments arguments)
    {
        if (ReadText(arguments, 0) is not { Length: > 0 } ns)
        {
            return null;
        }

        return name switch
        {
            "emit" when IsFilter(arguments, 1, out var filter) && ReadText(arguments, 2) is { Length: > 0 } eventName && !IsReserved(eventName) =>
                new DashboardCommand(ns, filter, sockets =>
                {
                    sockets.Emit(eventName, arguments.ToArray()[3..]);
                    return default;
                }),
            "join" when ReadText(arguments, 1) is { Length: > 0 } room && IsFilter(arguments, 2, out var filter) =>
                new DashboardCommand(ns, filter, sockets => sockets.SocketsJoinAsync(room)),
            "leave" when ReadText(arguments, 1) is { Length: > 0 } room && IsFilter(arguments, 2, out var filter) =>
                new DashboardCommand(ns, filter, sockets => sockets.SocketsLeaveAsync(room)),
            "_disconnect" when ReadKind(arguments, 1) is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null && IsFilter(arguments, 2, out var filter) =>
                new DashboardCommand(ns, filter, sockets => sockets.DisconnectSocketsAsync(ReadKind(arguments, 1) == JsonValueKind.True)),
            _ => null,
        };
    }

    /// <summary>Does it.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="isLocal">With the sockets of this server alone.</param>
    public ValueTask RunAsync(Namespace ns, bool isLocal)
    {
        var sockets = _filter is null ? ns.To() : ns.To(_filter);
        return _run(isLocal ? sockets.Local : sockets);
    }

    private static bool IsReserved(string eventName) => eventName is "connect" or "connect_error" or "disconnect" or "disconnecting" or "newListener" or "removeListener";

    private static bool IsFilter(EventArguments arguments, int index, out string? filter)
    {
        filter = ReadText(arguments, index) is { Length: > 0 } text ? text : null;
        return filter is not null || ReadKind(arguments, index) == JsonValueKind.Null || ReadText(arguments, index) is "";
    }

    // What is missing is null, as in JavaScript.
    private static JsonValueKind ReadKind(EventArguments arguments, int index) => index < arguments.Count ? arguments[index].ValueKind : JsonValueKind.Null;

    private static string? ReadText(EventArguments arguments, int index)
    {
        try
        {
            return ReadKind(arguments, index) == JsonValueKind.String && arguments.Get<string>(index) is { Length: <= MaxLength } text ? text : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Half a surrogate pair, which JSON allows.
            return null;
        }
    }
}
