using System.Collections.Concurrent;
using System.Text.Json;
using SocketIO.Server;

namespace Chat;

/// <summary>Gives every nickname to one socket at a time, whatever its letter case.</summary>
public sealed class Nicknames
{
    private readonly ConcurrentDictionary<string, Socket> _holders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The middleware: refuses a client without a name that it can have.</summary>
    /// <param name="socket">The socket, not connected yet.</param>
    /// <param name="next">What comes after.</param>
    public Task SignInAsync(Socket socket, Func<Task> next)
    {
        var auth = socket.Handshake.Auth;
        var name = ReadText(auth, "name")?.Trim() ?? "";
        if (name.Length == 0)
        {
            throw Refuse("empty", "Choose a nickname.");
        }

        if (name.Length > Limits.Default.Name)
        {
            throw Refuse("long", $"A nickname has at most {Limits.Default.Name} characters.");
        }

        socket.SetIdentity(name, ReadText(auth, "key"));
        if (FindOther(socket) is { } other && !IsSameTab(socket, other))
        {
            throw Refuse("taken", $"“{name}” is taken.");
        }

        return next();
    }

    /// <summary>Takes the name of a connected socket for it. A dead connection of the same tab has to give it back.</summary>
    /// <param name="socket">The socket.</param>
    /// <returns>False: somebody else was faster.</returns>
    public bool TryHold(Socket socket)
    {
        while (true)
        {
            var holder = _holders.GetOrAdd(socket.GetName(), socket);
            if (holder == socket)
            {
                return true;
            }

            if (holder.IsConnected && !IsSameTab(socket, holder))
            {
                return false;
            }

            if (_holders.TryUpdate(socket.GetName(), socket, holder))
            {
                holder.Disconnect(close: true);
                return true;
            }
        }
    }

    /// <summary>Gives the name of a socket back, if that socket holds it.</summary>
    /// <param name="socket">The socket.</param>
    public void Release(Socket socket) => _holders.TryRemove(KeyValuePair.Create(socket.GetName(), socket));

    private Socket? FindOther(Socket socket) =>
        _holders.TryGetValue(socket.GetName(), out var holder) && holder.IsConnected ? holder : null;

    private static bool IsSameTab(Socket one, Socket other) => one.GetTabKey() is { Length: > 0 } key && key == other.GetTabKey();

    private static string? ReadText(JsonElement auth, string property) =>
        auth.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static ConnectRefusedException Refuse(string code, string message) => new(message, new { code });
}
