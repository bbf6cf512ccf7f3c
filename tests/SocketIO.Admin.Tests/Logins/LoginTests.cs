using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Admin.Tests;

/// <summary>Who may be a dashboard.</summary>
public sealed class LoginTests
{
    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"username":"admin"}""")]
    [InlineData("""{"username":"admin","password":"wrong"}""")]
    [InlineData("""{"username":"root","password":"changeit"}""")]
    [InlineData("""{"username":"admin","password":{"length":8}}""")]
    [InlineData("""{"username":["admin"],"password":"changeit"}""")]
    [InlineData("""{"username":"admin","password":"\ud800"}""")]
    [InlineData("""{"sessionId":"0123456789abcdef"}""")]
    [InlineData("""{"sessionId":""}""")]
    [InlineData("""{"sessionId":true}""")]
    [InlineData("""{"sessionId":"\udfff"}""")]
    public async Task Whoever_has_neither_the_password_nor_a_session_is_refused(string auth)
    {
        await using var node = await AdminNode.StartLockedAsync();
        var client = await node.OpenAsync();

        var socket = client.Expect("/admin");
        await client.SendAsync("40/admin," + (auth == "null" ? "" : auth));

        var refused = await Assert.ThrowsAsync<TestRefusedException>(() => socket.Connected);
        Assert.Equal("invalid credentials", refused.Text);
    }

    [Fact]
    public async Task The_password_lets_a_dashboard_in_and_its_session_lets_it_in_again()
    {
        await using var node = await AdminNode.StartLockedAsync();

        var first = await node.ConnectAsync("/admin", AdminNode.Credentials);
        var session = await first.UntilAsync("session");
        Assert.Matches("^[0-9a-f]{16}$", session.Text(0));
        var second = await node.ConnectAsync("/admin", new { sessionId = session.Text(0) });

        // Whoever comes with a session is given no other.
        for (var next = await second.NextAsync(); next.Name != "config"; next = await second.NextAsync())
        {
            Assert.NotEqual("session", next.Name);
        }
    }

    [Fact]
    public async Task A_very_long_password_is_refused_without_being_hashed()
    {
        await using var node = await AdminNode.StartLockedAsync(static admin => admin.MaxFailuresPerAddress = 1);

        for (var i = 0; i < 3; i++)
        {
            await RefusedAsync(node, "invalid credentials", new { username = AdminNode.Username, password = new string('x', 1001) });
        }
    }

    [Fact]
    public async Task A_session_ends_with_its_lifetime()
    {
        var time = new ManualTimeProvider();
        await using var node = await AdminNode.StartLockedAsync(static admin => admin.SessionLifetime = TimeSpan.FromHours(1), time);
        var first = await node.ConnectAsync("/admin", AdminNode.Credentials);
        var session = (await first.UntilAsync("session")).Text(0);
        await first.LeaveAsync();
        time.Leap(TimeSpan.FromMinutes(59));
        await (await node.ConnectAsync("/admin", new { sessionId = session })).UntilAsync("config");
        time.Leap(TimeSpan.FromMinutes(1));

        await RefusedAsync(node, "invalid credentials", new { sessionId = session });
    }

    [Fact]
    public async Task Whoever_guesses_passwords_has_to_wait_and_keeps_out_nobody_who_has_logged_in()
    {
        var time = new ManualTimeProvider();
        await using var node = await AdminNode.StartLockedAsync(static admin => admin.MaxFailuresPerAddress = 3, time);
        var session = (await (await node.ConnectAsync("/admin", AdminNode.Credentials)).UntilAsync("session")).Text(0);
        for (var i = 0; i < 3; i++)
        {
            await RefusedAsync(node, "invalid credentials", new { username = AdminNode.Username, password = "wrong" });
        }

        await RefusedAsync(node, "too many failed logins, try again in a minute", AdminNode.Credentials);
        await (await node.ConnectAsync("/admin", new { sessionId = session })).UntilAsync("config");
        time.Leap(TimeSpan.FromMinutes(1));
        await (await node.ConnectAsync("/admin", AdminNode.Credentials)).UntilAsync("session");
    }

    [Fact]
    public async Task Whoever_guesses_sessions_has_to_wait()
    {
        await using var node = await AdminNode.StartLockedAsync(static admin => admin.MaxFailuresPerAddress = 3, new ManualTimeProvider());
        for (var i = 0; i < 3; i++)
        {
            await RefusedAsync(node, "invalid credentials", new { sessionId = "0123456789abcdef" });
        }

        await RefusedAsync(node, "too many failed logins, try again in a minute", new { sessionId = "0123456789abcdef" });
    }

    [Fact]
    public async Task Logins_that_succeed_are_not_limited()
    {
        await using var node = await AdminNode.StartLockedAsync(static admin => admin.MaxFailuresPerAddress = admin.MaxFailures = 1, new ManualTimeProvider());

        for (var i = 0; i < 5; i++)
        {
            await (await node.ConnectAsync("/admin", AdminNode.Credentials)).UntilAsync("session");
        }
    }

    [Fact]
    public async Task Only_so_many_sessions_are_kept()
    {
        await using var node = await AdminNode.StartLockedAsync(static admin => admin.MaxSessions = 2);
        var sessions = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            sessions.Add((await (await node.ConnectAsync("/admin", AdminNode.Credentials)).UntilAsync("session")).Text(0));
        }

        await RefusedAsync(node, "invalid credentials", new { sessionId = sessions[0] });
        await (await node.ConnectAsync("/admin", new { sessionId = sessions[1] })).UntilAsync("config");
    }

    private static async Task RefusedAsync(Node node, string message, object auth)
    {
        var refused = await Assert.ThrowsAsync<TestRefusedException>(() => node.ConnectAsync("/admin", auth));
        Assert.Equal(message, refused.Text);
    }
}
