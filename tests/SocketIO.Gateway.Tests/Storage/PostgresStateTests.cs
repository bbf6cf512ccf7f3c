using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace SocketIO.Gateway.Tests;

/// <summary>What was written to the gateway's tables is there, and nobody overwrites what he has not seen.</summary>
public sealed class PostgresStateTests : IAsyncLifetime, IDisposable
{
    private PostgresProcess? _postgres;
    private IHost? _host;

    private IGrainStorage Store => _host!.Services.GetRequiredKeyedService<IGrainStorage>("SocketIO");

    public async Task InitializeAsync()
    {
        if (PostgresProcess.Programs is null)
        {
            return;
        }

        _postgres = new PostgresProcess();
        _postgres.Start();
        var options = new SiloOptions
        {
            Storage = StateStorage.AdoNet,
            AdoNet = new AdoNetOptions { ConnectionString = _postgres.ConnectionString },
            SiloPort = GatewayProcess.FindPort(),
            ClientPort = GatewayProcess.FindPort(),
        };
        while (await new PostgresTables(options).FindObstacleAsync(default) is not null)
        {
            await Task.Delay(50);
        }

        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => SiloHost.Join(silo, options));
        _host = builder.Build();
        await _host.StartAsync();
    }

    public Task DisposeAsync() => _host?.StopAsync() ?? Task.CompletedTask;

    public void Dispose()
    {
        _host?.Dispose();
        _postgres?.Dispose();
    }

    [PostgresFact]
    public async Task Who_has_not_seen_the_latest_does_not_overwrite_it()
    {
        var first = await WriteAsync("a", null, "1");
        Assert.Null(await WriteAsync("a", null, "2"));
        var second = await WriteAsync("a", first, "2");
        Assert.NotNull(second);
        Assert.NotEqual(first, second);

        Assert.Null(await WriteAsync("a", first, "3"));
        Assert.False(await ClearAsync("a", first));
        Assert.Equal("2", (await ReadAsync("a")).State.Text);
        Assert.True(await ClearAsync("a", second));
        Assert.False((await ReadAsync("a")).RecordExists);
        Assert.Null((await ReadAsync("a")).ETag);
        Assert.Null(await WriteAsync("a", second, "4"));
        Assert.False(await ClearAsync("a", second));
    }

    [PostgresFact]
    public async Task A_record_that_was_removed_and_made_again_is_another_one()
    {
        var old = await WriteAsync("a", null, "1");
        Assert.True(await ClearAsync("a", old));
        Assert.NotNull(await WriteAsync("a", null, "1"));

        Assert.Null(await WriteAsync("a", old, "2"));
        Assert.False(await ClearAsync("a", old));
    }

    [PostgresFact]
    public async Task Of_those_who_write_at_once_each_builds_on_the_one_before()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var written = 0; written < 25;)
            {
                var seen = await ReadAsync("counter");
                var next = (seen.RecordExists ? int.Parse(seen.State.Text, null) : 0) + 1;
                if (await WriteAsync("counter", seen.ETag, $"{next}") is not null)
                {
                    written++;
                }
            }
        }));

        Assert.Equal("200", (await ReadAsync("counter")).State.Text);
    }

    [PostgresFact]
    public async Task Keys_of_any_length_and_letters_are_kept_apart()
    {
        string[] keys = ["a/1", "A/1", "a/1 ", "'; DROP TABLE socketio_states; --", "@ServiceId", "%", "ä", "a\u0308", new('x', 5000), new string('x', 5000) + "y", "\U0001F600"];
        foreach (var key in keys)
        {
            Assert.NotNull(await WriteAsync(key, null, "of " + key));
        }

        foreach (var key in keys)
        {
            Assert.Equal("of " + key, (await ReadAsync(key)).State.Text);
        }
    }

    private async Task<string?> WriteAsync(string key, string? tag, string text)
    {
        var state = new GrainState<Note>(new Note { Text = text }) { ETag = tag };
        try
        {
            await Store.WriteStateAsync("state", Id(key), state);
            return state.ETag;
        }
        catch (InconsistentStateException)
        {
            return null;
        }
    }

    private async Task<GrainState<Note>> ReadAsync(string key)
    {
        var state = new GrainState<Note>(new Note());
        await Store.ReadStateAsync("state", Id(key), state);
        return state;
    }

    private async Task<bool> ClearAsync(string key, string? tag)
    {
        try
        {
            await Store.ClearStateAsync("state", Id(key), new GrainState<Note>(new Note()) { ETag = tag, RecordExists = true });
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    private static GrainId Id(string key) => GrainId.Create("socketio.state", key);

    [GenerateSerializer]
    internal sealed class Note
    {
        [Id(0)]
        public string Text { get; set; } = "";
    }
}
