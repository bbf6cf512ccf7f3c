using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>How much, how long and for whom a session is kept.</summary>
public sealed class RecoveryBoundsTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly ConnectionStateRecoveryOptions _recovery = new();
    private Node _node = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    [Fact]
    public async Task Who_comes_back_in_time_is_recovered_and_who_comes_later_is_not()
    {
        await StartAsync();
        var client = await ConnectAsync();
        await LoseAsync(client);
        _time.Advance(TimeSpan.FromSeconds(119));
        Assert.Equal(client.Id, (await ReturnAsync(client)).Id);
        var late = await ConnectAsync();
        await LoseAsync(late);
        _time.Leap(TimeSpan.FromSeconds(121));
        Assert.NotEqual(late.Id, (await ReturnAsync(late)).Id);
    }

    [Fact]
    public async Task Who_missed_more_packets_than_are_kept_gets_a_fresh_session()
    {
        _recovery.MaxPackets = 3;
        await StartAsync();
        var few = await ConnectAsync();
        var many = await ConnectAsync();
        await LoseAsync(few);
        await LoseAsync(many);
        _node.Io.Emit("one");
        _node.Io.Emit("two");
        // The packet with the offset and these two: that is all that is kept. It was many's.
        var back = await ReturnAsync(many);
        Assert.Equal(many.Id, back.Id);
        await back.NextAsync("one");
        await back.NextAsync("two");
        _node.Io.Emit("three");
        _node.Io.Emit("four");
        Assert.NotEqual(few.Id, (await ReturnAsync(few)).Id);
    }

    [Fact]
    public async Task Who_missed_more_bytes_than_are_kept_gets_a_fresh_session()
    {
        _recovery.MaxBytes = 10_000;
        await StartAsync();
        var client = await ConnectAsync();
        await LoseAsync(client);
        for (var i = 0; i < 5; i++)
        {
            _node.Io.Emit("event", new byte[3000]);
        }

        Assert.NotEqual(client.Id, (await ReturnAsync(client)).Id);
    }

    [Fact]
    public async Task The_oldest_session_goes_when_there_are_too_many()
    {
        _recovery.MaxSessions = 2;
        await StartAsync();
        var clients = new List<TestSocket>();
        for (var i = 0; i < 3; i++)
        {
            clients.Add(await ConnectAsync());
        }

        foreach (var client in clients)
        {
            await LoseAsync(client);
        }

        Assert.NotEqual(clients[0].Id, (await ReturnAsync(clients[0])).Id);
        Assert.Equal(clients[1].Id, (await ReturnAsync(clients[1])).Id);
        Assert.Equal(clients[2].Id, (await ReturnAsync(clients[2])).Id);
    }

    [Fact]
    public async Task Another_users_session_is_refused_and_stays_there_for_its_owner()
    {
        await StartAsync(static app => app.Use((context, next) =>
        {
            if (context.Request.Query["user"].ToString() is { Length: > 0 } user)
            {
                context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, user)], "test"));
            }

            return next(context);
        }));
        var client = await ConnectAsync("&user=ada");
        await LoseAsync(client);
        var thief = await ReturnAsync(client, "&user=eve");
        Assert.NotEqual(client.Id, thief.Id);
        Assert.False(_node[thief].Recovered);

        Assert.Equal(client.Id, (await ReturnAsync(client, "&user=ada")).Id);
    }

    [Fact]
    public async Task Middlewares_run_for_who_comes_back_where_they_are_not_to_be_skipped()
    {
        _recovery.SkipMiddlewares = false;
        await StartAsync();
        var client = await ConnectAsync();
        await LoseAsync(client);
        var recovered = new List<bool>();
        _node.Io.Use((socket, next) =>
        {
            recovered.Add(socket.Recovered);
            return next();
        });
        Assert.Equal(client.Id, (await ReturnAsync(client)).Id);
        Assert.Equal([true], recovered);
    }

    [Fact]
    public async Task Who_is_refused_by_a_middleware_may_try_again()
    {
        _recovery.SkipMiddlewares = false;
        await StartAsync();
        var client = await ConnectAsync();
        await LoseAsync(client);
        var attempts = 0;
        _node.Io.Use((_, next) => ++attempts == 1 ? throw new ConnectRefusedException("not now") : next());
        await Assert.ThrowsAsync<TestRefusedException>(() => ReturnAsync(client));

        Assert.Equal(client.Id, (await ReturnAsync(client)).Id);
    }

    [Fact]
    public async Task Without_recovery_there_is_neither_private_id_nor_offset()
    {
        _node = await Node.StartAsync();
        var client = await _node.ConnectAsync();
        Assert.Null(client.PrivateId);
        _node.Io.Emit("event");
        Assert.Empty((await client.NextAsync("event")).Args);
        Assert.False(_node[client].Recovered);
    }

    [Fact]
    public async Task What_is_kept_goes_when_its_time_is_over()
    {
        await StartAsync();
        var client = await ConnectAsync();
        await LoseAsync(client);
        _time.Advance(TimeSpan.FromMinutes(4));
        var adapter = (RecoveryAdapter)_node.Io.Sockets.Adapter;
        Assert.Null(await adapter.RestoreSessionAsync(client.PrivateId!, client.Offset!, null));
    }

    private async Task StartAsync(Action<WebApplication>? middleware = null) => _node = await Node.StartAsync(
        options =>
        {
            options.ConnectionStateRecovery = _recovery;
            // The clock stands still: nobody is waited for at the end.
            options.ShutdownTimeout = TimeSpan.Zero;
            options.PingInterval = options.PingTimeout = options.ConnectTimeout = TimeSpan.FromDays(1);
        },
        builder => builder.Services.AddSingleton<TimeProvider>(_time),
        app =>
        {
            middleware?.Invoke(app);
            app.UseRouting();
            app.MapSocketIO();
        });

    private async Task<TestSocket> ConnectAsync(string query = "")
    {
        var client = await _node.ConnectAsync(query: query);
        _node.Io.To(client.Id).Emit("first");
        await client.NextAsync("first");
        return client;
    }

    private async Task LoseAsync(TestSocket client)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _node[client].OnDisconnect(_ => gone.TrySetResult());
        client.Client.Abort();
        await Patience.Within(gone.Task);
    }

    private Task<TestSocket> ReturnAsync(TestSocket lost, string query = "") =>
        _node.ConnectAsync(auth: new { pid = lost.PrivateId, offset = lost.Offset }, query: query);
}
