using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Server;

namespace SocketIO.Admin.Tests;

/// <summary>Servers that the Admin UI looks at, and what a dashboard does.</summary>
internal static class AdminNode
{
    public const string Username = "admin";

    public const string Password = "changeit";

    /// <summary>The password's hash, as cheap as bcrypt has it.</summary>
    public static readonly string Hash = BCrypt.Net.BCrypt.HashPassword(Password, 4);

    public static object Credentials => new { username = Username, password = Password };

    /// <summary>A server in development mode that lets everybody in, unless it is told otherwise.</summary>
    public static Task<Node> StartAsync(Action<AdminOptions>? configure = null, Action<SocketIOServer>? map = null, TimeProvider? time = null, Action<SocketIOOptions>? options = null) =>
        Node.StartBareAsync(
            builder =>
            {
                builder.Services.AddSocketIO(options).UseAdmin(admin =>
                {
                    admin.AllowAnonymous = true;
                    admin.Mode = AdminMode.Development;
                    configure?.Invoke(admin);
                });
                if (time is not null)
                {
                    builder.Services.AddSingleton(time);
                }
            },
            app => app.MapSocketIO(io => map?.Invoke(io)));

    /// <summary>The same with a name and a password.</summary>
    public static Task<Node> StartLockedAsync(Action<AdminOptions>? configure = null, TimeProvider? time = null) => StartAsync(
        admin =>
        {
            admin.AllowAnonymous = false;
            admin.Username = Username;
            admin.PasswordHash = Hash;
            configure?.Invoke(admin);
        },
        time: time);

    /// <summary>The next event of that name; what comes before it is passed over.</summary>
    public static async Task<TestEvent> UntilAsync(this TestSocket dashboard, string name, Func<TestEvent, bool>? isIt = null)
    {
        while (true)
        {
            var next = await dashboard.NextAsync();
            if (next.Name == name && isIt?.Invoke(next) != false)
            {
                return next;
            }
        }
    }

    /// <summary>A dashboard that has got its list of sockets: what happens from now on it is told.</summary>
    public static async Task<TestSocket> ConnectDashboardAsync(this Node node, object? auth = null)
    {
        var dashboard = await node.ConnectAsync("/admin", auth);
        await dashboard.UntilAsync("all_sockets");
        return dashboard;
    }

    public static string[] Texts(this JsonElement array) => [.. array.EnumerateArray().Select(static item => item.GetString()!)];
}
