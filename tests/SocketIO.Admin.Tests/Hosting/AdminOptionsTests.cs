using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SocketIO.Admin.Tests;

/// <summary>Options that can't work stop the start.</summary>
public sealed class AdminOptionsTests
{
    public static TheoryData<Action<AdminOptions>, string> Wrong => new()
    {
        { static _ => { }, "AdminOptions.Username is 'null'; allowed: a name, with a PasswordHash; or none, with AllowAnonymous." },
        { static options => options.Username = "admin", "AdminOptions.PasswordHash is 'null'; allowed: a bcrypt hash of cost 4 to 16, such as $2b$12$ and 53 characters more." },
        { static options => (options.Username, options.PasswordHash) = ("admin", "changeit"), "AdminOptions.PasswordHash is '…'; allowed: a bcrypt hash of cost 4 to 16, such as $2b$12$ and 53 characters more." },
        { static options => (options.Username, options.PasswordHash) = ("admin", AdminNode.Hash.Replace("$04$", "$31$", StringComparison.Ordinal)), "AdminOptions.PasswordHash is '…'; allowed: a bcrypt hash of cost 4 to 16, such as $2b$12$ and 53 characters more." },
        { static options => (options.Username, options.PasswordHash) = ("admin", AdminNode.Hash + "\n"), "AdminOptions.PasswordHash is '…'; allowed: a bcrypt hash of cost 4 to 16, such as $2b$12$ and 53 characters more." },
        { static options => (options.AllowAnonymous, options.Username) = (true, "admin"), "AdminOptions.AllowAnonymous is 'True'; allowed: false, where there are a Username and a PasswordHash." },
        { static options => (options.AllowAnonymous, options.Namespace) = (true, "/"), "AdminOptions.Namespace is '/'; allowed: a name of its own with a leading slash, such as /admin." },
        { static options => (options.AllowAnonymous, options.Mode) = (true, (AdminMode)7), "AdminOptions.Mode is '7'; allowed: Production or Development." },
        { static options => (options.AllowAnonymous, options.ServerId) = (true, ""), "AdminOptions.ServerId is ''; allowed: a name of at most 200 characters, or nothing." },
        { static options => (options.AllowAnonymous, options.SessionLifetime) = (true, TimeSpan.FromDays(31)), "AdminOptions.SessionLifetime is '31.00:00:00'; allowed: 1 minute to 30 days." },
        { static options => (options.AllowAnonymous, options.MaxSessions) = (true, 0), "AdminOptions.MaxSessions is '0'; allowed: 1 or more." },
        { static options => (options.AllowAnonymous, options.MaxFailuresPerAddress) = (true, 0), "AdminOptions.MaxFailuresPerAddress is '0'; allowed: 1 or more." },
        { static options => (options.AllowAnonymous, options.MaxFailures) = (true, 0), "AdminOptions.MaxFailures is '0'; allowed: 1 or more." },
        { static options => (options.AllowAnonymous, options.MaxSockets) = (true, 0), "AdminOptions.MaxSockets is '0'; allowed: 1 or more." },
        { static options => (options.AllowAnonymous, options.MaxEventsPerSecond) = (true, 0), "AdminOptions.MaxEventsPerSecond is '0'; allowed: 1 or more." },
        { static options => (options.AllowAnonymous, options.MaxEventBytes) = (true, 0), "AdminOptions.MaxEventBytes is '0'; allowed: 1 or more." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_option_is_named_with_what_is_allowed(Action<AdminOptions> configure, string problem)
    {
        var invalid = await Assert.ThrowsAsync<OptionsValidationException>(() => Node.StartBareAsync(
            builder => builder.Services.AddSocketIO().UseAdmin(configure),
            static app => app.MapSocketIO()));

        Assert.Contains(problem, invalid.Failures);
    }

    [Fact]
    public void It_is_turned_on_once()
    {
        var server = new ServiceCollection().AddSocketIO().UseAdmin(static _ => { });

        Assert.Throws<InvalidOperationException>(() => server.UseAdmin(static _ => { }));
        server.Services.AddSocketIO("other").UseAdmin(static _ => { });
    }
}
