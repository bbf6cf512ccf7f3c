// The Socket.IO side of one connection: it decodes packets and takes them to the sockets of their namespaces.
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>One client, in any number of namespaces.</summary>
internal sealed class Client : IConnectionHandler
{
    private readonly SocketIOServer _server;
    private readonly PacketDecoder _decoder;
    private Socket? _first;
    private Dictionary<string, Socket>? _others;
    private HashSet<string>? _connecting;
    private CallbackTimer? _connectTimer;
    private bool _closed;

    public Client(SocketIOServer server, EngineConnection connection)
    {
        _server = server;
        Connection = connection;
        _decoder = server.Options.Parser.CreateDecoder(server.PacketLimits);
        _connectTimer = new CallbackTimer(OnConnectTimeout);
        connection.Engine.Timers.Schedule(_connectTimer, server.Options.ConnectTimeout);
    }

    public EngineConnection Connection { get; }

    /// <summary>What tells one user from another: the name identifier, or else the name; null for anonymous ones.</summary>
    public static string? GetUserName(ClaimsPrincipal user) =>
        user.Identity is { IsAuthenticated: true } ? user.FindFirst(ClaimTypes.NameIdentifier)?.Value ?? user.Identity.Name : null;

    public void OnMessage(ReadOnlyMemory<byte> data, bool isBinary)
    {
        if (_closed)
        {
            return;
        }

        Packet packet;
        try
        {
            if (!_decoder.Decode(data, isBinary, out packet))
            {
                return;
            }
        }
        catch (PacketFormatException e)
        {
            foreach (var socket in GetSockets())
            {
                socket.RaiseClientError(e);
            }

            Connection.Close();
            return;
        }

        Route(packet);
        // Here and nowhere else: on another thread, or inside a handler, the packet would be in use.
        _decoder.Release();
    }

    public void OnClosed(string reason, string? detail)
    {
        lock (Connection.Gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            StopConnectTimer();
        }

        foreach (var socket in GetSockets())
        {
            socket.OnClosed(reason, detail);
        }
    }

    /// <summary>Disconnects all sockets, then the connection.</summary>
    public void Disconnect()
    {
        foreach (var socket in GetSockets())
        {
            socket.Disconnect();
        }

        Close();
    }

    public void Send(in Packet packet, bool compress, bool isVolatile)
    {
        var encoder = _server.Options.Parser.Encoder;
        var buffer = Scratch.Rent();
        try
        {
            encoder.Encode(packet, buffer);
            if (packet.Attachments.IsEmpty || !encoder.SendsAttachments)
            {
                Connection.Send(new EnginePacket(EnginePacketType.Message, buffer.WrittenMemory, encoder.IsBinary), compress, isVolatile);
            }
            else
            {
                Connection.Send(buffer.WrittenMemory, encoder.IsBinary, packet.Attachments.Span, compress, isVolatile);
            }
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    /// <summary>Takes a socket in: missed events first, then the answer. False: the connection has ended meanwhile.</summary>
    public bool Connect(Socket socket, EncodedMessage answer, IReadOnlyList<EventPayload> missed, Action list)
    {
        // Under the gate no broadcast can come before the answer, though the socket is listed by then. Nothing is flushed under it: that calls listeners.
        lock (Connection.Gate)
        {
            if (_closed || Connection.ReadyState != ReadyState.Open)
            {
                return false;
            }

            EndConnect(socket.Namespace.Name);
            StopConnectTimer();
            if (_first is null)
            {
                _first = socket;
            }
            else
            {
                (_others ??= [])[socket.Namespace.Name] = socket;
            }

            foreach (var payload in missed)
            {
                Connection.Send(socket.Encode(payload), isVolatile: false, mayFlush: false);
            }

            socket.MarkConnected();
            list();
            Connection.Send(answer, isVolatile: false, mayFlush: false);
            return true;
        }
    }

    /// <summary>Answers CONNECT with the error.</summary>
    public void Refuse(Namespace ns, string message, object? details) => Refuse(ns.Name, ns.WireName, message, details);

    public void Remove(Socket socket)
    {
        lock (Connection.Gate)
        {
            if (ReferenceEquals(_first, socket))
            {
                _first = null;
            }
            else
            {
                _others?.Remove(socket.Namespace.Name);
            }
        }
    }

    private void Refuse(string name, ReadOnlyMemory<byte> wireName, string message, object? details)
    {
        lock (Connection.Gate)
        {
            EndConnect(name);
        }

        var buffer = Scratch.Rent();
        try
        {
            using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = _server.Serializer.Options.Encoder }))
            {
                json.WriteStartObject();
                json.WriteString("message"u8, message);
                if (details is not null)
                {
                    json.WritePropertyName("data"u8);
                    JsonSerializer.Serialize(json, details, _server.Serializer.Options.GetTypeInfo(details.GetType()));
                }

                json.WriteEndObject();
            }

            Send(new Packet(PacketType.ConnectError, wireName, -1, buffer.WrittenMemory), compress: true, isVolatile: false);
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    /// <summary>The answer to CONNECT.</summary>
    public EncodedMessage EncodeConnect(Socket socket)
    {
        var buffer = Scratch.Rent();
        try
        {
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                json.WriteString("sid"u8, socket.Id);
                if (socket.PrivateId is { } privateId)
                {
                    json.WriteString("pid"u8, privateId);
                }

                json.WriteEndObject();
            }

            return EncodedMessage.Create(
                _server.Options.Parser.Encoder,
                new Packet(PacketType.Connect, socket.Namespace.WireName, -1, buffer.WrittenMemory),
                compress: true);
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    private void Route(in Packet packet)
    {
        var socket = Find(packet.Namespace.Span);
        if (packet.Type == PacketType.Connect && socket is null)
        {
            var name = packet.Namespace.IsEmpty ? "/" : Encoding.UTF8.GetString(packet.Namespace.Span);
            if (BeginConnect(name))
            {
                var task = ConnectAsync(name, packet.Payload.IsEmpty ? null : packet.Payload.ToArray());
                _server.Forget(task);
                return;
            }
        }
        else if (socket is not null && packet.Type is not (PacketType.Connect or PacketType.ConnectError))
        {
            socket.OnPacket(packet);
            return;
        }

        // A second CONNECT, or a packet for a namespace that the client is not in.
        Close();
    }

    private bool BeginConnect(string name)
    {
        lock (Connection.Gate)
        {
            _connecting ??= [];
            var joined = (_first is null ? 0 : 1) + (_others?.Count ?? 0);
            return _connecting.Count + joined < _server.Options.MaxNamespacesPerConnection && _connecting.Add(name);
        }
    }

    // The caller holds the gate.
    private void EndConnect(string name)
    {
        if (_connecting?.Remove(name) == true && _connecting.Count == 0)
        {
            _connecting = null;
        }
    }

    private async ValueTask ConnectAsync(string name, byte[]? auth)
    {
        try
        {
            while (await _server.FindAsync(name, auth).ConfigureAwait(false) is { } ns)
            {
                if (await ns.TryAddAsync(this, auth).ConfigureAwait(false))
                {
                    return;
                }
            }

            Refuse(name, name == "/" ? default : Encoding.UTF8.GetBytes(name), "Invalid namespace", null);
        }
        catch (Exception e)
        {
            // Not the client's fault: it comes back with a new connection, as after any other failure of the server.
            _server.LogFailure(e);
            Close();
        }
    }

    private Socket? Find(ReadOnlySpan<byte> name)
    {
        if (_first is { } first && first.Namespace.WireName.Span.SequenceEqual(name))
        {
            return first;
        }

        if (_others is null)
        {
            return null;
        }

        lock (Connection.Gate)
        {
            return _others.GetValueOrDefault(name.IsEmpty ? "/" : Encoding.UTF8.GetString(name));
        }
    }

    private List<Socket> GetSockets()
    {
        lock (Connection.Gate)
        {
            List<Socket> sockets = [];
            if (_first is not null)
            {
                sockets.Add(_first);
            }

            sockets.AddRange(_others?.Values ?? Enumerable.Empty<Socket>());
            return sockets;
        }
    }

    private void Close()
    {
        if (Connection.ReadyState == ReadyState.Open)
        {
            Connection.Close();
            OnClosed(CloseReasons.ForcedServerClose, null);
        }
    }

    private void OnConnectTimeout()
    {
        lock (Connection.Gate)
        {
            if (_first is not null || _others is { Count: > 0 })
            {
                return;
            }
        }

        Close();
    }

    private void StopConnectTimer()
    {
        if (_connectTimer is { } timer)
        {
            Connection.Engine.Timers.Cancel(timer);
            _connectTimer = null;
        }
    }
}
