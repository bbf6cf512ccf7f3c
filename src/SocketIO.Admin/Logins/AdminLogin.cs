using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>Lets dashboards in: by name and password, or by the session that an earlier login gave them.</summary>
internal sealed class AdminLogin : IDisposable
{
    private const int MaxPasswordLength = 1000;

    private readonly AdminOptions _options;
    private readonly AdminSessions _sessions;
    // Apart, so that whoever guesses passwords does not keep out those who have logged in.
    private readonly FailureLimiter _passwordFailures;
    private readonly FailureLimiter _sessionFailures;
    // bcrypt is slow by design: one at a time takes one core, however many ask.
    private readonly SemaphoreSlim _verifying = new(1, 1);
    private readonly ConditionalWeakTable<Socket, string> _created = [];

    public AdminLogin(AdminOptions options, AdminSessions sessions, TimeProvider time)
    {
        _options = options;
        _sessions = sessions;
        _passwordFailures = new FailureLimiter(options.MaxFailuresPerAddress, options.MaxFailures, time);
        _sessionFailures = new FailureLimiter(options.MaxFailuresPerAddress, options.MaxFailures, time);
    }

    /// <summary>The middleware of the namespace.</summary>
    public async Task LogInAsync(Socket socket, Func<Task> next)
    {
        var auth = socket.Handshake.Auth;
        if (!await HasSessionAsync(socket, auth).ConfigureAwait(false))
        {
            await VerifyPasswordAsync(socket, auth).ConfigureAwait(false);
            _created.Add(socket, _sessions.Create());
        }

        await next().ConfigureAwait(false);
    }

    /// <summary>The id of the session that the socket's login has made, once; null where it came with one.</summary>
    public string? TakeSession(Socket socket) => _created.Remove(socket, out var id) ? id : null;

    /// <inheritdoc/>
    public void Dispose() => _verifying.Dispose();

    private async ValueTask<bool> HasSessionAsync(Socket socket, JsonElement auth)
    {
        if (Read(auth, "sessionId"u8) is not { } id || !AdminSessions.IsId(id))
        {
            return false;
        }

        var address = socket.Handshake.Address;
        Begin(_sessionFailures, address);
        if (!await _sessions.ContainsAsync(id).ConfigureAwait(false))
        {
            return false;
        }

        _sessionFailures.Succeed(address);
        return true;
    }

    private async ValueTask VerifyPasswordAsync(Socket socket, JsonElement auth)
    {
        if (Read(auth, "username"u8) is not { } username || Read(auth, "password"u8) is not { Length: <= MaxPasswordLength } password)
        {
            throw Refuse();
        }

        var address = socket.Handshake.Address;
        Begin(_passwordFailures, address);
        await _verifying.WaitAsync().ConfigureAwait(false);
        bool isRight;
        try
        {
            isRight = await Task.Run(() => BCrypt.Net.BCrypt.Verify(password, _options.PasswordHash)).ConfigureAwait(false);
        }
        finally
        {
            _verifying.Release();
        }

        // Both are looked at in any case: the time does not tell which one was wrong.
        isRight &= CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(username)), SHA256.HashData(Encoding.UTF8.GetBytes(_options.Username!)));
        if (!isRight)
        {
            throw Refuse();
        }

        _passwordFailures.Succeed(address);
    }

    private static void Begin(FailureLimiter limiter, string? address)
    {
        if (!limiter.TryBegin(address))
        {
            throw new ConnectRefusedException("too many failed logins, try again in a minute");
        }
    }

    private static ConnectRefusedException Refuse() => new("invalid credentials");

    private static string? Read(JsonElement auth, ReadOnlySpan<byte> name)
    {
        try
        {
            return auth.ValueKind == JsonValueKind.Object && auth.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, which JSON allows.
            return null;
        }
    }
}
