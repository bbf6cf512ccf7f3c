using System.Net;
using Npgsql;

namespace SocketIO.Gateway.Tests;

/// <summary>Gateways that find each other, and keep what they have to, in PostgreSQL.</summary>
public sealed class PostgresTests
{
    [PostgresFact]
    [Trait("Category", "Kill")]
    public async Task Gateways_that_start_at_once_over_an_empty_database_are_one_cluster_whose_members_survive_the_kill_of_everything()
    {
        using var postgres = new PostgresProcess();
        postgres.Start();
        await using var first = new GatewayProcess(Settings(postgres));
        await using var second = new GatewayProcess(Settings(postgres));
        first.Start();
        await second.StartAndWaitAsync();
        await first.UntilReadyAsync("Healthy");
        await using (var room = await SpanningRoom.OpenAsync(first, second))
        {
            await room.AssertHearsAsync(first);
            await room.AssertHearsAsync(second);
        }

        var joins = new DurableJoins();
        for (var round = 0; round < 2; round++)
        {
            await joins.JoinUntilKilledAsync([first, second], () =>
            {
                postgres.Kill();
                first.Kill();
                second.Kill();
            });
            postgres.Start();
            first.Start();
            await second.StartAndWaitAsync();
            await first.UntilReadyAsync("Healthy");
            await joins.AssertAllAreMembersAsync(second);
        }
    }

    [PostgresFact]
    public async Task It_waits_for_the_database_says_so_and_goes_on_without_it_as_far_as_it_can()
    {
        using var postgres = new PostgresProcess();
        await using var gateway = new GatewayProcess(Settings(postgres));
        gateway.Start();
        await gateway.UntilReadyAsync($"Unhealthy: PostgreSQL at {postgres.Address} does not answer: ");
        Assert.Equal("Healthy", await gateway.Operations.GetStringAsync("healthz/live"));

        postgres.Start();
        await gateway.UntilReadyAsync("Healthy");
        Assert.Equal(HttpStatusCode.NoContent, await JoinAsync("ada"));
        await using var room = await SpanningRoom.OpenAsync(gateway);

        postgres.Kill();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await JoinAsync("grace"));
        await room.AssertHearsAsync(gateway);
        Assert.Equal("Healthy", await gateway.Operations.GetStringAsync("healthz/live"));
        postgres.Start();
        while (await JoinAsync("grace") != HttpStatusCode.NoContent)
        {
            await Task.Delay(200);
        }

        var members = await gateway.Publish.GetStringAsync("members?room=lobby");
        Assert.Contains("ada", members);
        Assert.Contains("grace", members);
        Assert.DoesNotContain(PostgresProcess.Password, gateway.Output);

        async Task<HttpStatusCode> JoinAsync(string member)
        {
            using var response = await gateway.Publish.PutAsync($"members?room=lobby&member={member}", null);
            return response.StatusCode;
        }
    }

    [PostgresFact]
    public async Task Where_it_may_not_make_tables_it_says_which_are_missing_and_starts_when_they_are_there()
    {
        using var postgres = new PostgresProcess();
        postgres.Start();
        await using var gateway = new GatewayProcess([.. Settings(postgres), "Silo:AdoNet:CreateTables=false"]);
        gateway.Start();
        await gateway.UntilReadyAsync($"Unhealthy: PostgreSQL at {postgres.Address}: the table OrleansQuery of the database postgres lacks InsertMembershipVersionKey, InsertMembershipKey");
        await gateway.UntilSaidAsync("Run Orleans' PostgreSQL-Main.sql and PostgreSQL-Clustering.sql, or let the gateway make its own (SocketIO:Silo:AdoNet:CreateTables).");

        // Somebody runs the scripts, one after another.
        await ExecuteAsync(postgres, PostgresScript.Queries.Text + PostgresScript.Membership.Text);
        await gateway.UntilReadyAsync($"Unhealthy: PostgreSQL at {postgres.Address}: the table OrleansQuery of the database postgres lacks WriteToStorageKey, ReadFromStorageKey, ClearStorageKey, DeleteStorageKey. Run Orleans' PostgreSQL-Main.sql and PostgreSQL-Persistence.sql,");
        await ExecuteAsync(postgres, PostgresScript.States.Text);
        await gateway.UntilReadyAsync("Healthy");
    }

    [PostgresFact]
    public async Task What_others_have_begun_is_not_touched_and_who_may_not_make_tables_is_told()
    {
        using var postgres = new PostgresProcess();
        postgres.Start();
        await ExecuteAsync(postgres, PostgresScript.Queries.Text + PostgresScript.States.Text + "DELETE FROM OrleansQuery WHERE QueryKey = 'DeleteStorageKey'; CREATE USER guest PASSWORD 'guest'");
        await using var gateway = new GatewayProcess("Silo:Storage=AdoNet", "Silo:AdoNet:ConnectionString=" + postgres.ConnectionString);
        gateway.Start();
        await gateway.UntilReadyAsync($"Unhealthy: PostgreSQL at {postgres.Address}: the table OrleansQuery of the database postgres lacks DeleteStorageKey. Run Orleans' PostgreSQL-Main.sql and PostgreSQL-Persistence.sql.");

        await using var guest = new GatewayProcess("Silo:Storage=AdoNet", "Silo:AdoNet:ConnectionString=" + new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Username = "guest", Password = "guest", SearchPath = "public" });
        guest.Start();
        await guest.UntilReadyAsync($"Unhealthy: PostgreSQL at {postgres.Address} does not let the gateway in, or not make its tables: permission denied for table orleansquery");
        await using var stranger = new GatewayProcess("Silo:Storage=AdoNet", "Silo:AdoNet:ConnectionString=" + new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Password = "a-wrong-secret" });
        stranger.Start();
        await stranger.UntilReadyAsync($"Unhealthy: PostgreSQL at {postgres.Address} does not let the gateway in, or not make its tables: password authentication failed");
        Assert.DoesNotContain("a-wrong-secret", stranger.Output);
    }

    private static string[] Settings(PostgresProcess postgres) => ["Silo:Clustering=AdoNet", "Silo:AdoNet:ConnectionString=" + postgres.ConnectionString];

    private static async Task ExecuteAsync(PostgresProcess postgres, string script)
    {
        for (; ; await Task.Delay(50))
        {
            try
            {
                await using var connection = new NpgsqlConnection(postgres.ConnectionString);
                await connection.OpenAsync();
                await using var command = new NpgsqlCommand(script, connection);
                await command.ExecuteNonQueryAsync();
                return;
            }
            catch (NpgsqlException e) when (e.IsTransient || e.InnerException is System.Net.Sockets.SocketException)
            {
                // It is starting.
            }
        }
    }
}
