using System.ComponentModel;

namespace SocketIO.Admin;

/// <summary>
/// Options of the server's side of the Admin UI. Either <see cref="Username"/> and <see cref="PasswordHash"/> or <see cref="AllowAnonymous"/> has to be set.
/// Source: <see href="https://socket.io/docs/v4/admin-ui/"/>.
/// </summary>
public sealed class AdminOptions
{
    /// <summary>The namespace that dashboards connect to. Default <c>/admin</c>. The same on all servers of a cluster.</summary>
    public string Namespace { get; set; } = "/admin";

    /// <summary>The name to log in with.</summary>
    public string? Username { get; set; }

    /// <summary>The password to log in with, hashed by bcrypt with a cost of 4 to 16.</summary>
    [PasswordPropertyText(true)]
    public string? PasswordHash { get; set; }

    /// <summary>Whether everybody is let in, without a name and a password. Default <see langword="false"/>.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>Whether the commands of dashboards are refused: emit, join, leave, disconnect. Default <see langword="false"/>.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>How much dashboards are told. Default <see cref="AdminMode.Production"/>.</summary>
    public AdminMode Mode { get; set; }

    /// <summary>What the server is called in the dashboard; each server of a cluster needs a name of its own. Default: the host's name.</summary>
    public string? ServerId { get; set; }

    /// <summary>For how long a dashboard that has logged in may come back without the password. 1 minute to 30 days; default 1 day.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The most logins that may come back; the oldest is forgotten first. Default 1,000.</summary>
    public int MaxSessions { get; set; } = 1_000;

    /// <summary>The most failed logins of one address in a minute (of one /64 network, with IPv6). Default 10.</summary>
    public int MaxFailuresPerAddress { get; set; } = 10;

    /// <summary>The most failed logins of all addresses in a minute. Default 100.</summary>
    public int MaxFailures { get; set; } = 100;

    /// <summary>The most sockets of each server that are listed to a dashboard when it connects. Default 10,000.</summary>
    public int MaxSockets { get; set; } = 10_000;

    /// <summary>The most events of clients in a second that a server shows; those above it are left out. Default 1,000.</summary>
    public int MaxEventsPerSecond { get; set; } = 1_000;

    /// <summary>The most bytes of an event's arguments, or of a socket's data, that are shown; of larger ones the size is told. Default 16,384.</summary>
    public int MaxEventBytes { get; set; } = 16 * 1024;
}
