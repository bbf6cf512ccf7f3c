using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>Stops the start with the option, its value, unless it is the hash, and what is allowed.</summary>
/// <param name="server">The server's name.</param>
internal sealed partial class AdminOptionsValidator(string server) : IValidateOptions<AdminOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AdminOptions options)
    {
        if (name != server)
        {
            return ValidateOptionsResult.Skip;
        }

        var problems = new OptionsProblems(nameof(AdminOptions));
        problems.Require(
            options.Namespace is { Length: > 1 and <= 100 } ns && ns[0] == '/' && !ns.Contains(',') && !ns.Contains('?'),
            nameof(options.Namespace),
            options.Namespace,
            "a name of its own with a leading slash, such as /admin");
        if (options.AllowAnonymous)
        {
            problems.Require(options.Username is null && options.PasswordHash is null, nameof(options.AllowAnonymous), true, "false, where there are a Username and a PasswordHash");
        }
        else
        {
            problems.Require(!string.IsNullOrEmpty(options.Username), nameof(options.Username), options.Username, "a name, with a PasswordHash; or none, with AllowAnonymous");
            // The hash is not for the log.
            problems.Require(
                options.PasswordHash is { } hash && BcryptHash().IsMatch(hash),
                nameof(options.PasswordHash),
                options.PasswordHash is null ? null : "…",
                "a bcrypt hash of cost 4 to 16, such as $2b$12$ and 53 characters more");
        }

        problems.Require(Enum.IsDefined(options.Mode), nameof(options.Mode), options.Mode, "Production or Development");
        problems.Require(options.ServerId is null or { Length: > 0 and <= 200 }, nameof(options.ServerId), options.ServerId, "a name of at most 200 characters, or nothing");
        problems.Require(
            options.SessionLifetime >= TimeSpan.FromMinutes(1) && options.SessionLifetime <= TimeSpan.FromDays(30),
            nameof(options.SessionLifetime),
            options.SessionLifetime,
            "1 minute to 30 days");
        problems.RequireAtLeast(options.MaxSessions, 1, nameof(options.MaxSessions));
        problems.RequireAtLeast(options.MaxFailuresPerAddress, 1, nameof(options.MaxFailuresPerAddress));
        problems.RequireAtLeast(options.MaxFailures, 1, nameof(options.MaxFailures));
        problems.RequireAtLeast(options.MaxSockets, 1, nameof(options.MaxSockets));
        problems.RequireAtLeast(options.MaxEventsPerSecond, 1, nameof(options.MaxEventsPerSecond));
        problems.RequireAtLeast(options.MaxEventBytes, 1, nameof(options.MaxEventBytes));
        return problems.Result;
    }

    [GeneratedRegex(@"^\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}\z")]
    private static partial Regex BcryptHash();
}
