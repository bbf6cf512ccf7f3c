using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>What a server shows of itself.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task A_server_shows_its_connections_sockets_and_namespaces()
    {
        await using var node = await Node.StartAsync(static options => options.MaxConnections = 10);
        node.Io.Of("/chat");
        var first = await node.ConnectAsync();
        await first.Client.JoinAsync("/chat");
        await node.ConnectAsync();
        using var http = node.CreateHttpClient();
        await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");

        Assert.Equal(
            [
                "socketio.server.active_connections 1 socketio.engine.protocol=4,socketio.transport=polling",
                "socketio.server.active_connections 2 socketio.engine.protocol=4,socketio.transport=websocket",
                "socketio.server.max_connections 10 ",
                "socketio.server.namespaces 2 ",
                "socketio.server.queued 0 ",
                "socketio.server.sockets 3 ",
            ],
            Read(node));
    }

    private static List<string> Read(Node node)
    {
        var factory = node.App.Services.GetRequiredService<IMeterFactory>();
        var read = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                // Other tests have servers of their own at the same time.
                if (instrument.Meter.Name == "SocketIO.Server" && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            read.Add($"{instrument.Name} {value} {string.Join(',', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal))}"));
        listener.Start();
        listener.RecordObservableInstruments();
        read.Sort(StringComparer.Ordinal);
        return read;
    }
}
