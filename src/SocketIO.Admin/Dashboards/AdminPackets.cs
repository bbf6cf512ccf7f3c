using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>Writes what dashboards are sent, word for word as they expect it.</summary>
/// <param name="server">The server.</param>
/// <param name="options">How much is shown.</param>
/// <param name="time">The clock.</param>
internal sealed class AdminPackets(SocketIOServer server, AdminOptions options, TimeProvider time)
{
    private const int MaxNameLength = 200;
    private const int MaxNamespaces = 1000;
    private const int ClientIdLength = 12;

    private readonly DateTime _startedAt = GetStart();

    /// <summary>The id of a session for its dashboard alone.</summary>
    public EventPayload Session(string id) => Write("session", writer => writer.Json.WriteStringValue(id));

    /// <summary>What the dashboard may do and can be shown. It depends on the order.</summary>
    public EventPayload Config() => Write("config", writer =>
    {
        string[] commands = options.ReadOnly ? [] : ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"];
        string[] shown = options.Mode == AdminMode.Development ? ["AGGREGATED_EVENTS", "ALL_EVENTS"] : ["AGGREGATED_EVENTS"];
        writer.Json.WriteStartObject();
        writer.Json.WriteStartArray("supportedFeatures"u8);
        foreach (var feature in commands.Concat(shown))
        {
            writer.Json.WriteStringValue(feature);
        }

        writer.Json.WriteEndArray();
        writer.Json.WriteEndObject();
    });

    /// <summary>How this server is.</summary>
    public EventPayload ServerStats(IReadOnlyCollection<AggregatedEvent> events) => Write("server_stats", writer =>
    {
        var json = writer.Json;
        var polling = 0;
        var connections = 0;
        foreach (var connection in server.Engine.Connections)
        {
            connections++;
            polling += connection.Transport == TransportNames.Polling ? 1 : 0;
        }

        json.WriteStartObject();
        json.WriteString("serverId"u8, options.ServerId ?? Environment.MachineName);
        json.WriteString("hostname"u8, Environment.MachineName);
        json.WriteNumber("pid"u8, Environment.ProcessId);
        json.WriteNumber("uptime"u8, (DateTime.UtcNow - _startedAt).TotalSeconds);
        json.WriteNumber("clientsCount"u8, connections);
        json.WriteNumber("pollingClientsCount"u8, polling);
        json.WriteStartArray("aggregatedEvents"u8);
        foreach (var counted in events)
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp"u8, counted.Timestamp);
            json.WriteString("type"u8, counted.Type);
            if (counted.SubType is not null)
            {
                json.WriteString("subType"u8, counted.SubType);
            }

            json.WriteNumber("count"u8, counted.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("namespaces"u8);
        foreach (var (name, ns) in server.Namespaces.Take(MaxNamespaces))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WriteNumber("socketsCount"u8, ns.Sockets.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The sockets of this server as a list that another one can send on.</summary>
    public RawArgument OwnSockets()
    {
        var payload = Write(null, writer =>
        {
            writer.Json.WriteStartArray();
            WriteOwnSockets(writer);
            writer.Json.WriteEndArray();
        });
        return new RawArgument(payload.Json[1..^1], payload.Attachments);
    }

    /// <summary>The sockets of this server, and those that others have listed.</summary>
    public EventPayload AllSockets(IEnumerable<EventPayload> others) => Write("all_sockets", writer =>
    {
        writer.Json.WriteStartArray();
        WriteOwnSockets(writer);
        foreach (var answer in others.Where(static answer => answer.Json.Length > 2))
        {
            var sockets = new EventArguments(server.Serializer, new EventPayload(answer.Json[1..^1], answer.Attachments), isEvent: false);
            for (var i = 0; i < sockets.Count; i++)
            {
                sockets.GetRaw(i).WriteTo(writer);
            }
        }

        writer.Json.WriteEndArray();
    });

    /// <summary>A socket has connected.</summary>
    public EventPayload SocketConnected(Socket socket) => Write("socket_connected", writer =>
    {
        WriteSocket(writer, socket);
        writer.Json.WriteStringValue(Now());
    });

    /// <summary>A socket's data has changed.</summary>
    public EventPayload DataUpdated(Socket socket) => WriteUpdate(socket, writer =>
    {
        writer.Json.WritePropertyName("data"u8);
        WriteData(writer, socket);
    });

    /// <summary>A socket's connection has moved to another transport.</summary>
    public EventPayload TransportUpdated(Socket socket, string transport) => WriteUpdate(socket, writer => writer.Json.WriteString("transport"u8, transport));

    /// <summary>A socket has ended.</summary>
    public EventPayload SocketDisconnected(Socket socket, string reason) => WriteTexts("socket_disconnected", socket.Namespace.Name, socket.Id, reason);

    /// <summary>A socket has joined a room.</summary>
    public EventPayload RoomJoined(Namespace ns, string room, string id) => WriteTexts("room_joined", ns.Name, room, id);

    /// <summary>A socket has left a room.</summary>
    public EventPayload RoomLeft(Namespace ns, string room, string id) => WriteTexts("room_left", ns.Name, room, id);

    /// <summary>A client has sent an event.</summary>
    public EventPayload EventReceived(Socket socket, SocketEvent received) => WriteEvent("event_received", socket, received);

    /// <summary>A client has been sent an event.</summary>
    public EventPayload EventSent(Socket socket, SocketEvent sent) => WriteEvent("event_sent", socket, sent);

    private EventPayload WriteEvent(string name, Socket socket, SocketEvent shown) => Write(name, writer =>
    {
        writer.Json.WriteStringValue(socket.Namespace.Name);
        writer.Json.WriteStringValue(socket.Id);
        var payload = shown.Arguments.Payload;
        if (payload.Length <= options.MaxEventBytes)
        {
            new RawArgument(payload.Json, payload.Attachments).WriteTo(writer);
        }
        else
        {
            writer.Json.WriteStartArray();
            writer.Json.WriteStringValue(shown.Name.Length <= MaxNameLength ? shown.Name : shown.Name[..MaxNameLength]);
            writer.Json.WriteStringValue(SizeOf(payload));
            writer.Json.WriteEndArray();
        }

        writer.Json.WriteStringValue(Now());
    });

    private EventPayload WriteUpdate(Socket socket, Action<PayloadWriter> write) => Write("socket_updated", writer =>
    {
        writer.Json.WriteStartObject();
        writer.Json.WriteString("id"u8, socket.Id);
        writer.Json.WriteString("nsp"u8, socket.Namespace.Name);
        write(writer);
        writer.Json.WriteEndObject();
    });

    private EventPayload WriteTexts(string name, string first, string second, string third) => Write(name, writer =>
    {
        writer.Json.WriteStringValue(first);
        writer.Json.WriteStringValue(second);
        writer.Json.WriteStringValue(third);
        writer.Json.WriteStringValue(Now());
    });

    private void WriteOwnSockets(PayloadWriter writer)
    {
        foreach (var socket in server.Namespaces.SelectMany(static entry => entry.Value.Sockets).Select(static entry => entry.Value).Take(options.MaxSockets))
        {
            WriteSocket(writer, socket);
        }
    }

    private void WriteSocket(PayloadWriter writer, Socket socket)
    {
        var (json, handshake) = (writer.Json, socket.Handshake);
        var clientId = socket.Connection.Id;
        json.WriteStartObject();
        json.WriteString("id"u8, socket.Id);
        json.WriteString("clientId"u8, clientId.Length <= ClientIdLength ? clientId : clientId[..ClientIdLength]);
        json.WriteString("transport"u8, socket.Connection.Transport);
        json.WriteString("nsp"u8, socket.Namespace.Name);
        json.WritePropertyName("data"u8);
        WriteData(writer, socket);
        json.WriteStartObject("handshake"u8);
        json.WriteString("address"u8, AddressOf(handshake));
        WriteValues(json, "headers"u8, handshake.Headers.Select(static header => KeyValuePair.Create(
            header.Key.ToLowerInvariant(),
            IsSecret(header.Key) ? new StringValues("…") : header.Value)));
        WriteValues(json, "query"u8, handshake.Query);
        json.WriteNumber("issued"u8, handshake.Issued.ToUnixTimeMilliseconds());
        json.WriteBoolean("secure"u8, handshake.IsSecure);
        json.WriteString("time"u8, handshake.Time);
        json.WriteString("url"u8, handshake.Url);
        json.WriteBoolean("xdomain"u8, handshake.IsCrossDomain);
        json.WriteEndObject();
        json.WriteStartArray("rooms"u8);
        foreach (var room in socket.Rooms)
        {
            json.WriteStringValue(room);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Whoever looks at a client is not to be able to act as that client.
    private static bool IsSecret(string header) =>
        header.Equals("Cookie", StringComparison.OrdinalIgnoreCase) || header.Equals("Authorization", StringComparison.OrdinalIgnoreCase) || header.Equals("Proxy-Authorization", StringComparison.OrdinalIgnoreCase);

    private static string? AddressOf(Handshake handshake) =>
        handshake.Headers["CF-Connecting-IP"] is { Count: > 0 } connecting ? connecting.ToString()
        : handshake.Headers["X-Forwarded-For"] is { Count: > 0 } forwarded ? forwarded.ToString()
        : handshake.Address;

    private static void WriteValues(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<KeyValuePair<string, StringValues>> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            json.WriteString(key, value.ToString());
        }

        json.WriteEndObject();
    }

    private void WriteData(PayloadWriter writer, Socket socket)
    {
        writer.Json.WriteStartObject();
        if (socket.Data.Count > 0 && ReadData(socket) is { } payload)
        {
            var values = new EventArguments(server.Serializer, payload, isEvent: false);
            for (var i = 0; i + 1 < values.Count; i += 2)
            {
                writer.Json.WritePropertyName(values.Get<string>(i)!);
                values.GetRaw(i + 1).WriteTo(writer);
            }
        }

        writer.Json.WriteEndObject();
    }

    // Null: it can't be shown, but the socket can.
    private EventPayload? ReadData(Socket socket)
    {
        try
        {
            var payload = socket.Data.Write(socket.Namespace);
            return payload.Length <= options.MaxEventBytes ? payload : Placeholder(SizeOf(payload));
        }
        catch (Exception)
        {
            // Whatever the application's own types throw: whoever has set the value is not to hear of it.
            return Placeholder("data that can't be serialized");
        }
    }

    private static DateTime GetStart()
    {
        using var process = Process.GetCurrentProcess();
        return process.StartTime.ToUniversalTime();
    }

    private EventPayload Placeholder(string reason) => Write("…", writer => writer.Json.WriteStringValue(reason));

    private EventPayload Write(string? name, Action<PayloadWriter> write)
    {
        var writer = server.Serializer.Rent();
        try
        {
            if (name is not null)
            {
                writer.Json.WriteStringValue(name);
            }

            write(writer);
            return writer.ToPayload();
        }
        finally
        {
            EventSerializer.Return(writer);
        }
    }

    private static string SizeOf(EventPayload payload) => string.Create(CultureInfo.InvariantCulture, $"({payload.Length:N0} bytes)");

    private string Now() => time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
