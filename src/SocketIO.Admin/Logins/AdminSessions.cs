// A dashboard that has logged in at one server may come back to another: servers tell each other, and ask where they have not been told.
using System.Security.Cryptography;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>
/// The logins of a cluster. An id is a secret like a password: servers keep and send its hash only, which is bound to the name and the password, so that neither
/// outlives a change of them.
/// </summary>
internal sealed class AdminSessions
{
    private const string Added = "admin:session";
    private const string Asked = "admin:has-session";
    private const int IdBytes = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Namespace _namespace;
    private readonly SessionTable _table;
    private readonly byte[] _credentials;

    public AdminSessions(Namespace ns, AdminOptions options, TimeProvider time)
    {
        _namespace = ns;
        _table = new SessionTable(options.MaxSessions, options.SessionLifetime, time);
        _credentials = SHA256.HashData(Encoding.UTF8.GetBytes($"{options.Username}\n{options.PasswordHash}"));
    }

    /// <summary>Whether a text has the form of an id: 16 hexadecimal digits.</summary>
    public static bool IsId(string text) => text.Length == IdBytes * 2 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Listens to what the other servers tell and ask.</summary>
    public void Attach()
    {
        _namespace.OnServerSide(Added, arguments =>
        {
            if (ReadKey(arguments) is { } key)
            {
                _table.Add(key);
            }

            return null;
        });
        _namespace.OnServerSide(Asked, arguments => ReadKey(arguments) is { } key && _table.Contains(key));
    }

    /// <summary>Makes a session and gives its id.</summary>
    public string Create()
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var key = KeyOf(id);
        _table.Add(key);
        _namespace.Server.Forget(() => _namespace.Adapter.ServerSideEmitAsync(_namespace.Server.CreatePayload(Added, [key])));
        return id;
    }

    /// <summary>Whether there is such a session, on any server.</summary>
    public async ValueTask<bool> ContainsAsync(string id)
    {
        var key = KeyOf(id);
        // What another server knows is not taken over: it would begin to live anew here.
        return _table.Contains(key) || await AskOthersAsync(key).ConfigureAwait(false);
    }

    private async ValueTask<bool> AskOthersAsync(string key)
    {
        IReadOnlyList<EventPayload> answers;
        try
        {
            answers = await _namespace.Adapter.ServerSideEmitWithAckAsync(_namespace.Server.CreatePayload(Asked, [key]), Patience, CancellationToken.None).ConfigureAwait(false);
        }
        catch (AckTimeoutException e)
        {
            answers = e.Payloads;
        }

        return answers.Any(static answer => answer.Json.Span.SequenceEqual("[true]"u8));
    }

    private string KeyOf(string id) => Convert.ToHexStringLower(HMACSHA256.HashData(_credentials, Encoding.UTF8.GetBytes(id)));

    private static string? ReadKey(EventArguments arguments) =>
        arguments.Count == 1 && arguments[0].ValueKind == System.Text.Json.JsonValueKind.String && arguments.Get<string>(0) is { Length: SHA256.HashSizeInBytes * 2 } key ? key : null;
}
