// Bytes are translated both ways between the client and the web server, which sees a WebSocket of RFC 6455 and knows no other. The alternative, transports
// that write the frames of the drafts themselves, would put another form of every message and another branch on the path of those who need neither; and
// it would serve Socket.IO's endpoint alone, and not in a cluster, where the bytes of a WebSocket are tunnelled.
using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>A connection whose handshake was of hixie-75 or -76.</summary>
internal sealed class HixieConnection
{
    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _client;
    private readonly WebSocketDraftRequest _request;
    private readonly HixieUpgrade _upgrade;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly Pipe _toHttp;
    private readonly Pipe _fromHttp;
    private byte[]? _pong;

    /// <summary>Takes a connection whose header block has been read, and nothing behind it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="request">The handshake.</param>
    /// <param name="patience">How long the end of the handshake may take, and the last of what is sent.</param>
    /// <param name="time">The clock.</param>
    public HixieConnection(ConnectionContext connection, WebSocketDraftRequest request, TimeSpan patience, TimeProvider time)
    {
        _connection = connection;
        _client = connection.Transport;
        _request = request;
        _patience = patience;
        _time = time;
        _toHttp = OldSocketPipe.Create(connection);
        _fromHttp = OldSocketPipe.Create(connection);
        _upgrade = new HixieUpgrade(connection, _client, new DuplexPipe(_fromHttp.Reader, _toHttp.Writer), request, patience, time);
    }

    /// <summary>Runs the web server on the request of RFC 6455 that says the same, and translates until both sides have ended.</summary>
    public async Task RunAsync(ConnectionDelegate next)
    {
        _request.WriteUpgrade(_toHttp.Writer);
        _connection.Transport = new DuplexPipe(_toHttp.Reader, _fromHttp.Writer);
        _connection.Features.Set(_upgrade);
        var relay = RelayAsync();
        try
        {
            await next(_connection).ConfigureAwait(false);
        }
        finally
        {
            await _fromHttp.Writer.CompleteAsync().ConfigureAwait(false);
            await _toHttp.Reader.CompleteAsync().ConfigureAwait(false);
            _upgrade.IsOver = true;
            _client.Input.CancelPendingRead();
            await FinishAsync(relay).ConfigureAwait(false);
            _connection.Transport = _client;
        }
    }

    private async Task FinishAsync(Task relay)
    {
        try
        {
            await relay.WaitAsync(_patience, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _connection.Abort(new ConnectionAbortedException("The client did not take the last of what was sent."));
            await relay.ConfigureAwait(false);
        }
    }

    private async Task RelayAsync()
    {
        try
        {
            await _toHttp.Writer.FlushAsync().ConfigureAwait(false);
            if (await _upgrade.TryAnswerAsync().ConfigureAwait(false))
            {
                await Task.WhenAll(ReceiveAsync(), SendAsync()).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            // The ends of the pipes tell the web server.
        }
        finally
        {
            await _toHttp.Writer.CompleteAsync().ConfigureAwait(false);
            await _fromHttp.Reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync()
    {
        var reader = new HixieFrameReader();
        try
        {
            // The read that is under way at the end is cancelled, or the next one.
            while (!_upgrade.IsOver)
            {
                var result = await _client.Input.ReadAsync().ConfigureAwait(false);
                var isLast = Receive(reader, result.Buffer) || result.IsCompleted;
                if ((await _toHttp.Writer.FlushAsync().ConfigureAwait(false)).IsCompleted || isLast)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            // The end of the input tells the server.
        }

        await _toHttp.Writer.CompleteAsync().ConfigureAwait(false);
    }

    // True: the client has closed, or is told to.
    private bool Receive(HixieFrameReader reader, ReadOnlySequence<byte> buffer)
    {
        var isLast = true;
        try
        {
            isLast = reader.Translate(ref buffer, _toHttp.Writer);
        }
        catch (WebSocketProtocolException e)
        {
            // The server answers a close with a close, and does all that the end of a client needs.
            buffer = buffer.Slice(buffer.End);
            WriteClose(e.CloseCode);
        }

        _client.Input.AdvanceTo(buffer.Start, buffer.End);
        if (Interlocked.Exchange(ref _pong, null) is { } pong && !isLast)
        {
            _toHttp.Writer.Write(pong);
        }

        return isLast;
    }

    private void WriteClose(ushort code)
    {
        var frame = _toHttp.Writer.GetSpan(WebSocketFrame.MaxHeaderLength + 6);
        var header = WebSocketFrame.WriteMaskedHeader(frame, WebSocketOpcode.Close, sizeof(ushort), mask: 0);
        BinaryPrimitives.WriteUInt16BigEndian(frame[header..], code);
        _toHttp.Writer.Advance(header + sizeof(ushort));
    }

    private async Task SendAsync()
    {
        var writer = new HixieFrameWriter(_request.Draft);
        try
        {
            while (true)
            {
                var result = await _fromHttp.Reader.ReadAsync().ConfigureAwait(false);
                var isLast = Send(writer, result.Buffer) || result.IsCompleted;
                if ((await _client.Output.FlushAsync().ConfigureAwait(false)).IsCompleted || isLast)
                {
                    break;
                }
            }

            if (_request.Draft == WebSocketDrafts.Hixie75)
            {
                // There is no other close.
                await _client.Output.CompleteAsync().ConfigureAwait(false);
            }
        }
        catch (WebSocketProtocolException e)
        {
            _connection.Abort(new ConnectionAbortedException("What was to be sent can't be said by this draft.", e));
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            // The completed reader makes the server's next flush report it.
        }

        await _fromHttp.Reader.CompleteAsync().ConfigureAwait(false);
    }

    // True: the server has closed.
    private bool Send(HixieFrameWriter writer, ReadOnlySequence<byte> buffer)
    {
        var isLast = writer.Translate(ref buffer, _client.Output);
        _fromHttp.Reader.AdvanceTo(buffer.Start, buffer.End);
        if (writer.TakePong() is { } pong)
        {
            // It leaves with what is received, as there is one writer only.
            Volatile.Write(ref _pong, pong);
            _client.Input.CancelPendingRead();
        }

        return isLast;
    }
}
