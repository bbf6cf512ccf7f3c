using System.Net;
using System.Net.Http.Json;
using SocketIO.Client;

namespace SocketIO.Gateway.Tests;

/// <summary>A room with a client of each of several gateways.</summary>
internal sealed class SpanningRoom : IAsyncDisposable
{
    private readonly List<SocketIOClient> _clients = [];
    private readonly List<TaskCompletionSource<int>> _heard = [];
    private int _last;

    /// <summary>The client of each gateway.</summary>
    public IReadOnlyList<SocketIOClient> Clients => _clients;

    /// <summary>Connects them, and lets them into the room.</summary>
    public static async Task<SpanningRoom> OpenAsync(params IEnumerable<GatewayProcess> gateways)
    {
        var room = new SpanningRoom();
        foreach (var gateway in gateways)
        {
            await room.AddAsync(gateway);
        }

        return room;
    }

    /// <summary>What one gateway publishes reaches the clients of all.</summary>
    public async Task AssertHearsAsync(GatewayProcess publisher)
    {
        for (var i = 0; i < _heard.Count; i++)
        {
            _heard[i] = new TaskCompletionSource<int>();
        }

        using var response = await publisher.Publish.PostAsJsonAsync("emit", new { rooms = new[] { "span" }, @event = "news", args = new[] { ++_last } });
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.All(await Task.WhenAll(_heard.Select(static heard => heard.Task)).WaitAsync(TimeSpan.FromSeconds(60)), number => Assert.Equal(_last, number));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }
    }

    private async Task AddAsync(GatewayProcess gateway)
    {
        var client = new SocketIOClient(gateway.Url);
        var index = _heard.Count;
        _heard.Add(new TaskCompletionSource<int>());
        _clients.Add(client);
        client.On("news", (int number) => _heard[index].TrySetResult(number));
        await client.ConnectAsync();
        using var response = await gateway.Publish.PostAsJsonAsync("join", new { sockets = new[] { client.Id }, targets = new[] { "span" } });
        response.EnsureSuccessStatusCode();
    }
}
