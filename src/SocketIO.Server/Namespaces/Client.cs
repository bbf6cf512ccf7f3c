// The Socket.IO side of one connection: it decodes packets and takes them to the sockets of their namespaces.
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>One client, in any number of namespaces.</summary>
internal sealed class Client : IConnectionHandler
{
    private const string MainNamespace = "/";

    private readonly SocketIOServer _server;
    private readonly Dialect _dialect;
    private readonly PacketDecoder _decoder;
    private Socket? _first;
    private Dictionary<string, Socket>? _others;
    private HashSet<string>? _connecting;
    private TaskCompletionSource? _mainSettled;
    private readonly HeldPackets? _held;
    private CallbackTimer? _connectTimer;
    private bool _closed;

    public Client(SocketIOServer server, EngineConnection connection)
    {
        _server = server;
        Connection = connection;
        _dialect = connection.Dialect;
        var parser = _dialect.Parser ?? server.Options.Parser;
        Encoder = parser.Encoder;
        _held = Encoder.Has(PacketType.Connect) ? null : new HeldPackets();
        _decoder = parser.CreateDecoder(server.PacketLimits);
        _connectTimer = new CallbackTimer(OnConnectTimeout);
        connection.Engine.Timers.Schedule(_connectTimer, server.Options.ConnectTimeout);
    }

    public EngineConnection Connection { get; }

    /// <summary>What its packets are encoded by.</summary>
    public PacketEncoder Encoder { get; }

    public Dialect Dialect => _dialect;

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
            Connection.Engine.CountMalformed();
            foreach (var socket in GetSockets())
            {
                socket.RaiseClientError(e);
            }

            Connection.Close();
            return;
        }

        if (packet.IsAutoAcknowledged)
        {
            // Before anything that handlers send, and in whichever namespace: so did the servers of the time.
            Send(new Packet(PacketType.Ack, packet.Namespace, packet.Id), compress: true, isVolatile: false);
            packet = packet.WithoutId();
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
            _mainSettled?.TrySetResult();
        }

        foreach (var socket in GetSockets())
        {
            socket.OnClosed(reason, detail);
        }
    }

    public void OnMalformed(EngineFormatException malformed)
    {
        foreach (var socket in GetSockets())
        {
            socket.RaiseClientError(malformed);
        }
    }

    /// <summary>Disconnects all sockets, then the connection.</summary>
    public void Disconnect()
    {
        Connection.IsParting = true;
        foreach (var socket in GetSockets())
        {
            // Where the connection has a word for its end, it is the end of them all.
            socket.Leave(isTold: !Connection.AnnouncesClose);
        }

        Close();
    }

    /// <summary>Joins the main namespace for a client that expects to be in it.</summary>
    public void ConnectImplicitly()
    {
        if (_dialect.IsLegacy && BeginConnect(MainNamespace))
        {
            _mainSettled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held?.Begin();
            _server.Forget(_held is null ? ConnectAsync(MainNamespace, null) : ConnectHoldingAsync());
        }
    }

    private async ValueTask ConnectHoldingAsync()
    {
        using (Connection.PauseReading())
        {
            await ConnectAsync(MainNamespace, null).ConfigureAwait(false);
            await DeliverHeldAsync().ConfigureAwait(false);
        }
    }

    // In order: each after the client has been let into the namespace that it is for.
    private async ValueTask DeliverHeldAsync()
    {
        while (_held!.TryTake(out var packet))
        {
            var name = GetName(packet);
            if (Find(packet.Namespace.Span) is null && BeginConnect(name))
            {
                using (Connection.PauseReading())
                {
                    await ConnectAsync(name, null).ConfigureAwait(false);
                }
            }

            Find(packet.Namespace.Span)?.OnPacket(packet);
        }
    }

    public void Send(in Packet packet, bool compress, bool isVolatile)
    {
        if (!ReferenceEquals(_dialect, Dialect.Current))
        {
            var encoder = packet.Type == PacketType.Ack ? _decoder.Encoder ?? Encoder : Encoder;
            SendEncoded(EncodedMessage.Create(encoder, packet, compress), isVolatile);
            return;
        }

        var buffer = Scratch.Rent();
        try
        {
            Encoder.Encode(packet, buffer);
            if (packet.Attachments.IsEmpty || !Encoder.SendsAttachments)
            {
                Connection.Send(new EnginePacket(EnginePacketType.Message, buffer.WrittenMemory, Encoder.IsBinary), compress, isVolatile);
            }
            else
            {
                Connection.Send(buffer.WrittenMemory, Encoder.IsBinary, packet.Attachments.Span, compress, isVolatile);
            }
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    /// <summary>Sends what was encoded for this client alone.</summary>
    /// <exception cref="QueueFullException">As many messages wait for the client as may.</exception>
    public void SendEncoded(EncodedMessage message, bool isVolatile)
    {
        ThrowIfFull(isVolatile);
        Connection.RaiseCreated(new EnginePacket(EnginePacketType.Message, message.First, message.IsBinary));
        foreach (var following in message.Rest ?? [])
        {
            Connection.RaiseCreated(new EnginePacket(EnginePacketType.Message, following, message.RestIsBinary));
        }

        Connection.Send(message, isVolatile);
    }

    /// <summary>Takes a socket in: missed events first, then the answer. False: the connection has ended meanwhile.</summary>
    public bool Connect(Socket socket, EncodedMessage? answer, IReadOnlyList<EventPayload> missed, Action list)
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
            if (answer is not null)
            {
                Connection.Send(answer, isVolatile: false, mayFlush: false);
            }

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

        if (!Encoder.Has(PacketType.ConnectError))
        {
            // There is nothing else to tell it by.
            if (name == MainNamespace)
            {
                Close();
            }

            return;
        }

        var buffer = Scratch.Rent();
        try
        {
            using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = _server.Serializer.Options.Encoder }))
            {
                if (_dialect.IsLegacy)
                {
                    WriteValue(json, details ?? message);
                }
                else
                {
                    WriteError(json, message, details);
                }
            }

            Send(new Packet(PacketType.ConnectError, wireName, -1, buffer.WrittenMemory), compress: true, isVolatile: false);
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    private void WriteError(Utf8JsonWriter json, string message, object? details)
    {
        json.WriteStartObject();
        json.WriteString("message"u8, message);
        if (details is not null)
        {
            json.WritePropertyName("data"u8);
            WriteValue(json, details);
        }

        json.WriteEndObject();
    }

    private void WriteValue(Utf8JsonWriter json, object value) =>
        JsonSerializer.Serialize(json, value, _server.Serializer.Options.GetTypeInfo(value.GetType()));

    /// <summary>The answer to CONNECT; none where the client knows already.</summary>
    public EncodedMessage? EncodeConnect(Socket socket)
    {
        if (_dialect.IsLegacy)
        {
            return Encoder.Has(PacketType.Connect) && _dialect.AnnouncesConnect(socket.Namespace)
                ? EncodedMessage.Create(Encoder, new Packet(PacketType.Connect, socket.Namespace.WireName), compress: true)
                : null;
        }

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
                Encoder,
                new Packet(PacketType.Connect, socket.Namespace.WireName, -1, buffer.WrittenMemory),
                compress: true);
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    private void ThrowIfFull(bool isVolatile)
    {
        if (!isVolatile && _dialect.QueueLength is { } most && Connection.IsQueueFull)
        {
            Connection.Engine.Bounds.Met(Bound.QueueLength);
            throw new QueueFullException($"{most} messages wait for the client already, as many as may (QueueLength among the options of the client's generation).");
        }
    }

    private void Route(in Packet packet)
    {
        if (_held is not null && _held.TryHold(packet, out var isDropped))
        {
            if (isDropped)
            {
                Close();
            }

            return;
        }

        var socket = Find(packet.Namespace.Span);
        if (socket is not null && packet.Type is not (PacketType.Connect or PacketType.ConnectError))
        {
            socket.OnPacket(packet);
        }
        else if (_dialect.IsLegacy)
        {
            RouteLegacy(packet);
        }
        else if (packet.Type == PacketType.Connect && socket is null && GetName(packet) is var name && BeginConnect(name))
        {
            _server.Forget(ConnectAsync(name, packet.Payload.IsEmpty ? null : packet.Payload.ToArray()));
        }
        else
        {
            // A second CONNECT, or a packet for a namespace that the client is not in.
            Close();
        }
    }

    // What is for a namespace that the client is not in is dropped, as its servers did: it may have been kicked a moment ago.
    private void RouteLegacy(in Packet packet)
    {
        if (packet.Type != PacketType.Connect)
        {
            if (_held?.Begin() == true)
            {
                _held.TryHold(packet, out _);
                _server.Forget(DeliverHeldAsync());
            }

            return;
        }

        var name = GetName(packet);
        var query = name.IndexOf('?', StringComparison.Ordinal);
        var auth = query < 0 ? null : NamespaceQuery.ToJson(name[query..]);
        name = query < 0 ? name : name[..query];
        if (name is "" or MainNamespace || Find(Encoding.UTF8.GetBytes(name)) is not null)
        {
            // It is there already. Some clients of 0.7 and 0.8 say so all the same.
            return;
        }

        if (BeginConnect(name))
        {
            _server.Forget(ConnectAfterMainAsync(name, auth));
        }
        else
        {
            Close();
        }
    }

    private async ValueTask ConnectAfterMainAsync(string name, byte[]? auth)
    {
        await _mainSettled!.Task.ConfigureAwait(false);
        await ConnectAsync(name, auth).ConfigureAwait(false);
    }

    private static string GetName(in Packet packet) => packet.Namespace.IsEmpty ? MainNamespace : Encoding.UTF8.GetString(packet.Namespace.Span);

    private bool BeginConnect(string name)
    {
        lock (Connection.Gate)
        {
            _connecting ??= [];
            var joined = (_first is null ? 0 : 1) + (_others?.Count ?? 0);
            if (_connecting.Count + joined < _server.Options.MaxNamespacesPerConnection)
            {
                return _connecting.Add(name);
            }

            Connection.Engine.Bounds.Met(Bound.MaxNamespacesPerConnection);
            return false;
        }
    }

    // The caller holds the gate.
    private void EndConnect(string name)
    {
        if (_connecting?.Remove(name) == true && _connecting.Count == 0)
        {
            _connecting = null;
        }

        if (name == MainNamespace)
        {
            _mainSettled?.TrySetResult();
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

            Refuse(name, name == MainNamespace ? default : Encoding.UTF8.GetBytes(name), "Invalid namespace", null);
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

        Connection.Engine.Bounds.Met(Bound.ConnectTimeout);
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
