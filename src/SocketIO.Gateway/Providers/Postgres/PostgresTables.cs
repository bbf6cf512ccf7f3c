// Orleans' ADO.NET providers do not know SQL: they ask the database's table OrleansQuery what to ask. Orleans publishes scripts that fill it; where nobody
// has run them, the gateway makes tables of its own. Which of the two, the providers do not notice.
using Npgsql;

namespace SocketIO.Gateway;

/// <summary>The tables of a PostgreSQL database that Orleans' providers need.</summary>
/// <param name="options">Which of them are needed.</param>
internal sealed class PostgresTables(SiloOptions options) : IPrerequisite
{
    // Of all gateways that start at once, one makes the tables. Any number does that nothing else in the database locks.
    private const long LockId = 0x736f636b6574696f;

    private readonly NpgsqlConnectionStringBuilder _database = new(options.AdoNet!.ConnectionString);

    private IEnumerable<PostgresScript> Scripts
    {
        get
        {
            if (options.Clustering == Clustering.AdoNet)
            {
                yield return PostgresScript.Membership;
            }

            if (options.Storage == StateStorage.AdoNet)
            {
                yield return PostgresScript.States;
            }
        }
    }

    private string Where => $"PostgreSQL at {_database.Host}:{_database.Port}";

    public async Task<string?> FindObstacleAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(options.AdoNet!.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({LockId})", cancellationToken);
            var known = await ReadKeysAsync(connection, cancellationToken);
            foreach (var script in Scripts)
            {
                var missing = script.Keys.Except(known ?? []).ToList();
                if (missing.Count == 0)
                {
                    continue;
                }

                // Part of it is somebody else's work, who has to finish it.
                if (!options.AdoNet.CreateTables || missing.Count < script.Keys.Count)
                {
                    return $"{Where}: the table OrleansQuery of the database {_database.Database} lacks {string.Join(", ", missing)}. Run Orleans' PostgreSQL-Main.sql and {script.OrleansName}"
                        + (options.AdoNet.CreateTables ? "." : $", or let the gateway make its own ({GatewayOptions.Section}:Silo:AdoNet:CreateTables).");
                }

                if (known is null)
                {
                    await ExecuteAsync(connection, PostgresScript.Queries.Text, cancellationToken);
                    known = [];
                }

                await ExecuteAsync(connection, script.Text, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return null;
        }
        catch (PostgresException e)
        {
            return $"{Where} does not let the gateway in, or not make its tables: {e.MessageText}";
        }
        catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            return $"{Where} does not answer: {e.Message}";
        }
    }

    private static async Task<HashSet<string>?> ReadKeysAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using (var exists = new NpgsqlCommand("SELECT to_regclass('OrleansQuery') IS NOT NULL", connection))
        {
            if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            {
                return null;
            }
        }

        await using var read = new NpgsqlCommand("SELECT QueryKey FROM OrleansQuery", connection);
        await using var rows = await read.ExecuteReaderAsync(cancellationToken);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (await rows.ReadAsync(cancellationToken))
        {
            keys.Add(rows.GetString(0));
        }

        return keys;
    }

    // As it is written: the queries in it have parameters of their own.
    private static async Task ExecuteAsync(NpgsqlConnection connection, string script, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(script, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
