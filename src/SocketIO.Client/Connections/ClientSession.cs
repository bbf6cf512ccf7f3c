// One connection, from its handshake to its end. Packets come in by OnMessage; who ends it first, by End, says why; RunAsync alone cleans up.
using System.Net.WebSockets;
using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>A connection of a client to a namespace.</summary>
internal sealed class ClientSession : IDisposable
{
    private readonly SocketIOClientOptions _options;
    private readonly ClientSerializer _serializer;
    private readonly ReadOnlyMemory<byte> _namespace;
    private readonly WireFormat _wire;
    private readonly PacketDecoder _decoder;
    private readonly List<EnginePacket> _packets = [];
    private readonly ClientTransport _transport;
    private readonly EventQueue _events;
    private readonly ITimer _silence;
    private readonly Action<ClientDisconnection> _onDisconnect;
    private readonly CancellationTokenSource _disconnect = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ClientDisconnection> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private TimeSpan _maxSilence = Timeout.InfiniteTimeSpan;
    private Task _cancelling = Task.CompletedTask;
    private volatile ClientDisconnection? _end;

    public ClientSession(
        SocketIOClientOptions options,
        ClientSerializer serializer,
        ReadOnlyMemory<byte> ns,
        Func<Packet, ClientSession, Task> onEvent,
        Action<ClientDisconnection> onDisconnect)
    {
        _options = options;
        _serializer = serializer;
        _namespace = ns;
        _onDisconnect = onDisconnect;
        var parser = options.Protocol.Parser;
        _wire = new WireFormat(options.Protocol.CreateCodec(options), parser.Encoder);
        _decoder = parser.CreateDecoder(options.PacketLimits);
        _transport = new ClientTransport(options, OnMessage, (end, status) => End(end, status));
        _events = new EventQueue(options, packet => onEvent(packet, this));
        Acks = new PendingAcks(options.MaxPendingAcks);
        Disconnected = _disconnect.Token;
        _silence = options.TimeProvider.CreateTimer(static state => ((ClientSession)state!).OnSilence(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The session's id, once the server has said it.</summary>
    public string? SessionId { get; private set; }

    /// <summary>The socket's id in its namespace; before the current protocol, the session's.</summary>
    public string? SocketId { get; private set; }

    public bool IsConnected => _connected.Task.IsCompletedSuccessfully && _end is null;

    public bool HasEnded => _end is not null;

    public PendingAcks Acks { get; }

    /// <summary>Cancelled at the end.</summary>
    public CancellationToken Disconnected { get; }

    /// <summary>Completes when the end has been told to everybody.</summary>
    public Task<ClientDisconnection> Completion => _completion.Task;

    /// <summary>Connects, and joins the namespace. When it fails, the session has ended.</summary>
    /// <exception cref="ConnectException">It was not possible.</exception>
    public async Task ConnectAsync(Uri url, CancellationToken cancellationToken)
    {
        var address = _options.Protocol.GetAddress(url, _options);
        using var timeout = new CancellationTokenSource(_options.ConnectTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token, Disconnected);
        _ = RunAsync(address, either.Token);
        try
        {
            await _connected.Task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectException)
        {
            if (End(new ClientDisconnection(DisconnectReasons.ClientDisconnect, null)))
            {
                _transport.Abort();
            }

            await _closed.Task.ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (timeout.IsCancellationRequested)
            {
                throw new ConnectException($"{address} has not let the client in within {_options.ConnectTimeout} ({nameof(SocketIOClientOptions)}.{nameof(_options.ConnectTimeout)}).", e);
            }

            await _connected.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Sends a packet of the application's.</summary>
    /// <exception cref="NotConnectedException">The session has ended, or not begun.</exception>
    /// <exception cref="ClientQueueFullException">Too much waits.</exception>
    /// <exception cref="PacketNotSupportedException">The protocol has no form for it.</exception>
    public void Send(in Packet packet)
    {
        var messages = _wire.Encode(packet);
        if (!IsConnected)
        {
            throw new NotConnectedException(_end);
        }

        if (!_transport.TrySend(messages))
        {
            throw new ClientQueueFullException($"{_options.MaxOutboundBytes} bytes may wait to be sent, and no more ({nameof(SocketIOClientOptions)}.{nameof(_options.MaxOutboundBytes)}).");
        }
    }

    /// <summary>Answers an event.</summary>
    public void SendAck(long id, object? value) => Send(_serializer.WriteAck(_namespace, value, id));

    /// <summary>Completes when all that was sent has been given to the system.</summary>
    /// <exception cref="NotConnectedException">The connection has ended before that.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _transport.WhenSentAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketException)
        {
            throw new NotConnectedException(_end);
        }
    }

    /// <summary>Leaves the namespace and closes the connection, for which the server gets the time of the options.</summary>
    /// <param name="cancellationToken">Cuts the connection without waiting.</param>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (IsConnected && _wire.Has(PacketType.Disconnect))
        {
            // Where there is no room for it, the end of the connection says the same.
            _transport.TrySend(_wire.Encode(new Packet(PacketType.Disconnect, _namespace)));
        }

        End(new ClientDisconnection(DisconnectReasons.ClientDisconnect, null));
        using (cancellationToken.UnsafeRegister(static transport => ((ClientTransport)transport!).Abort(), _transport))
        {
            await _closed.Task.ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _transport.Dispose();
        _silence.Dispose();
        _disconnect.Dispose();
    }

    private async Task RunAsync(Uri address, CancellationToken connecting)
    {
        var events = _events.RunAsync(Disconnected);
        try
        {
            await _transport.OpenAsync(address, connecting).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            End(new ClientDisconnection(DisconnectReasons.ClientDisconnect, null));
        }
        catch (ConnectException e)
        {
            _connected.TrySetException(e);
            End(new ClientDisconnection(DisconnectReasons.TransportError, e.Message));
        }

        await _transport.RunAsync().ConfigureAwait(false);
        _decoder.Release();
        _closed.SetResult();
        _events.Complete();
        await events.ConfigureAwait(false);
        if (_connected.Task.IsCompletedSuccessfully)
        {
            _onDisconnect(_end!);
        }

        _completion.SetResult(_end!);
        // Whatever the application has registered there is its own affair.
        await _cancelling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Dispose();
    }

    private void OnMessage(ReadOnlyMemory<byte> message, bool isBinary)
    {
        _silence.Change(_maxSilence, Timeout.InfiniteTimeSpan);
        _packets.Clear();
        try
        {
            _wire.Decode(message, isBinary, _packets);
            foreach (var packet in _packets)
            {
                if (HasEnded)
                {
                    return;
                }

                OnPacket(packet);
            }
        }
        catch (Exception e) when (e is EngineFormatException or PacketFormatException)
        {
            End(new ClientDisconnection(DisconnectReasons.ParseError, e.Message), WebSocketCloseStatus.InvalidPayloadData);
        }
    }

    private void OnPacket(in EnginePacket packet)
    {
        switch (packet.Type)
        {
            case EnginePacketType.Open when SessionId is null:
            case EnginePacketType.Message when SessionId is null && !_options.Protocol.IsEngineIO:
                OnOpen(packet.Data);
                break;
            case EnginePacketType.Ping:
                SendOrEnd(_wire.Encode(new EnginePacket(EnginePacketType.Pong, packet.Data)));
                break;
            case EnginePacketType.Close:
                End(new ClientDisconnection(DisconnectReasons.TransportClose, "The server has announced the end."));
                break;
            case EnginePacketType.Message when SessionId is null:
                throw new EngineFormatException("The first packet of a session is its handshake.");
            case EnginePacketType.Message when _decoder.Decode(packet.Data, packet.IsBinary, out var decoded):
                OnPacket(decoded);
                _decoder.Release();
                break;
        }
    }

    private void OnOpen(ReadOnlyMemory<byte> data)
    {
        (SessionId, _maxSilence) = _options.Protocol.ReadOpen(data, _options);
        _silence.Change(_maxSilence, Timeout.InfiniteTimeSpan);
        if (_wire.Has(PacketType.Connect))
        {
            SendOrEnd(_wire.Encode(_serializer.WriteConnect(_namespace, _options.Auth)));
        }
        else
        {
            SocketId = SessionId;
            _connected.TrySetResult();
        }
    }

    private void OnPacket(in Packet packet)
    {
        if (!packet.Namespace.Span.SequenceEqual(_namespace.Span))
        {
            return;
        }

        switch (packet.Type)
        {
            case PacketType.Connect when !IsConnected:
                SocketId = ConnectPayload.ReadSocketId(packet.Payload, _options.PacketLimits);
                _connected.TrySetResult();
                break;
            case PacketType.ConnectError when !IsConnected:
                _connected.TrySetException(ConnectPayload.ReadError(packet.Payload, _options.PacketLimits));
                End(new ClientDisconnection(DisconnectReasons.ServerDisconnect, null));
                break;
            case PacketType.Disconnect:
                End(new ClientDisconnection(DisconnectReasons.ServerDisconnect, null));
                break;
            case PacketType.Ack:
                Acks.Answer(packet);
                break;
            case PacketType.Event when IsConnected && packet.Arguments.Length > 0 && !_events.TryAdd(packet):
                End(new ClientDisconnection(
                    DisconnectReasons.TransportError,
                    $"{_options.MaxQueuedEventBytes} bytes of events may wait for their handlers, and no more ({nameof(SocketIOClientOptions)}.{nameof(_options.MaxQueuedEventBytes)})."));
                break;
        }
    }

    private void SendOrEnd(params ReadOnlySpan<OutboundMessage> messages)
    {
        if (!_transport.TrySend(messages))
        {
            End(new ClientDisconnection(
                DisconnectReasons.TransportError,
                $"The server does not read: {_options.MaxOutboundBytes} bytes may wait to be sent, and no more ({nameof(SocketIOClientOptions)}.{nameof(_options.MaxOutboundBytes)})."));
        }
    }

    private void OnSilence() => End(new ClientDisconnection(DisconnectReasons.PingTimeout, $"The server was silent for {_maxSilence}."));

    private bool End(ClientDisconnection end, WebSocketCloseStatus status = WebSocketCloseStatus.NormalClosure)
    {
        lock (_gate)
        {
            if (_end is not null)
            {
                return false;
            }

            _end = end;
        }

        Acks.End(end);
        _connected.TrySetException(new ConnectException(
            $"The connection ended before the client was let in: {end.Reason}{(end.Detail is null ? "" : $" ({end.Detail})")}."));
        _cancelling = _disconnect.CancelAsync();
        // The client announces its own end, and hears the server out.
        _transport.End(status, listens: end.Reason == DisconnectReasons.ClientDisconnect);
        return true;
    }
}
