using System.Buffers;
using System.Net.WebSockets;

namespace SocketIO.Client;

/// <summary>The WebSocket of a connection: it moves messages and knows nothing of what they mean.</summary>
/// <param name="options">The bounds.</param>
/// <param name="onMessage">Gets the body of each message, which is borrowed, and whether it is binary.</param>
/// <param name="onEnd">Gets why there will be no more; the status is the server's to be told. It is answered by <see cref="End"/>.</param>
internal sealed class ClientTransport(
    SocketIOClientOptions options,
    Action<ReadOnlyMemory<byte>, bool> onMessage,
    Action<ClientDisconnection, WebSocketCloseStatus> onEnd) : IDisposable
{
    private const int ReadSize = 4096;

    // An idle connection does not keep the buffer of a large message.
    private const int KeepAtMost = 64 * 1024;

    private readonly ClientWebSocket _socket = new();
    private readonly OutboundQueue _outbound = new(options.MaxOutboundBytes);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebSocketCloseStatus _closeStatus;
    private volatile bool _listens = true;

    /// <summary>Opens the WebSocket.</summary>
    /// <exception cref="ConnectException">It was not possible.</exception>
    public async Task OpenAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            // Engine.IO and the protocols before it have heartbeats of their own.
            _socket.Options.KeepAliveInterval = TimeSpan.Zero;
            _socket.Options.CollectHttpResponseDetails = true;
            options.ConfigureWebSocket?.Invoke(_socket.Options);
            await _socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var status = (int)_socket.HttpStatusCode;
            throw new ConnectException(
                status == 0
                    ? $"{address} cannot be reached: {e.InnerException?.Message ?? e.Message}"
                    : $"{address} answers with status {status}, and opens no WebSocket.",
                e);
        }
    }

    /// <summary>Adds the messages of a packet to what waits to be sent: all, or none where there is no room. After the end they go nowhere.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TrySend(ReadOnlySpan<OutboundMessage> messages) => _outbound.TryAdd(messages);

    /// <summary>Completes when nothing waits any more.</summary>
    /// <exception cref="WebSocketException">It never will be sent.</exception>
    public Task WhenSentAsync() => _outbound.WhenEmptyAsync();

    /// <summary>Moves messages until <see cref="End"/>, and closes.</summary>
    public async Task RunAsync()
    {
        var sending = SendAsync();
        var reading = ReadAsync();
        await _ended.Task.ConfigureAwait(false);
        using (var patience = new CancellationTokenSource(options.CloseTimeout, options.TimeProvider))
        {
            try
            {
                await sending.WaitAsync(patience.Token).ConfigureAwait(false);
                if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                {
                    await _socket.CloseOutputAsync(_closeStatus, null, patience.Token).ConfigureAwait(false);
                }

                await reading.WaitAsync(patience.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException)
            {
                // The server does not take part in the end: then it ends without it.
            }
        }

        Abort();
        await Task.WhenAll(sending, reading).ConfigureAwait(false);
    }

    /// <summary>Ends: what waits is still sent.</summary>
    /// <param name="status">What the server is told.</param>
    /// <param name="listens">Whether to wait for the server's own close frame.</param>
    public void End(WebSocketCloseStatus status, bool listens)
    {
        _closeStatus = status;
        _listens = listens;
        _outbound.Complete();
        _ended.TrySetResult();
    }

    /// <summary>Cuts the connection.</summary>
    public void Abort() => _socket.Abort();

    public void Dispose() => _socket.Dispose();

    private async Task SendAsync()
    {
        try
        {
            await _outbound.SendAsync(_socket).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            onEnd(new ClientDisconnection(DisconnectReasons.TransportError, e.Message), WebSocketCloseStatus.NormalClosure);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            var message = new ArrayBufferWriter<byte>();
            while (_listens)
            {
                var part = await _socket.ReceiveAsync(message.GetMemory(ReadSize), CancellationToken.None).ConfigureAwait(false);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    onEnd(new ClientDisconnection(DisconnectReasons.TransportClose, _socket.CloseStatusDescription), WebSocketCloseStatus.NormalClosure);
                    return;
                }

                message.Advance(part.Count);
                if (message.WrittenCount > options.MaxMessageBytes)
                {
                    onEnd(TooLarge(), WebSocketCloseStatus.MessageTooBig);
                    return;
                }

                if (part.EndOfMessage)
                {
                    onMessage(message.WrittenMemory, part.MessageType == WebSocketMessageType.Binary);
                    message.ResetWrittenCount();
                    message = message.Capacity > KeepAtMost ? new ArrayBufferWriter<byte>() : message;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            onEnd(new ClientDisconnection(DisconnectReasons.TransportError, e.Message), WebSocketCloseStatus.NormalClosure);
        }
    }

    private ClientDisconnection TooLarge() => new(
        DisconnectReasons.TransportError,
        $"A message has at most {options.MaxMessageBytes} bytes ({nameof(SocketIOClientOptions)}.{nameof(options.MaxMessageBytes)}).");
}
