// One client of a namespace that a grain serves.
using System.Diagnostics;
using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Takes what a socket does to its handler grain, in order, and the answers back.</summary>
internal sealed class HandledSocket
{
    private readonly NamespaceHandling _handling;
    private readonly Socket _socket;
    private ClientSocket _client;
    private readonly ClientPump _pump;
    private CancellationTokenRegistration _abandoned;
    private volatile bool _isConnected;
    private int _hasEnded;

    public HandledSocket(NamespaceHandling handling, Socket socket)
    {
        _handling = handling;
        _socket = socket;
        _client = ClientMessages.Describe(socket);
        _pump = handling.CreatePump(socket);
    }

    /// <summary>Asks the grain whether the client may come in, and does what it says.</summary>
    /// <exception cref="ConnectRefusedException">It may not.</exception>
    public async Task ConnectAsync()
    {
        ConnectAnswer answer;
        try
        {
            answer = await _handling.GetGrain(_client).ConnectAsync(ClientMessages.DescribeHandshake(_socket, _client), ClientMessages.DescribeAuth(_socket)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            var error = _handling.OnFailed(e, "connect");
            throw new ConnectRefusedException(error.Message, error.ToJson());
        }

        if (answer.Refusal is { } refusal)
        {
            throw new ConnectRefusedException(refusal, answer.RefusalData?.ReadValues()[0]);
        }

        _client = _client with { Member = answer.Member };
        // From here on the grain is owed a disconnect, however the socket ends.
        _socket.OnAny(OnEvent).OnDisconnect(disconnection => End(disconnection.Reason, disconnection.Detail));
        _abandoned = _socket.DisconnectToken.UnsafeRegister(static state => ((HandledSocket)state!).OnEnded(), this);
        await AcceptAsync(answer).ConfigureAwait(false);
    }

    /// <summary>The client knows that it is in. A socket that ends without a word from here on has moved to another gateway.</summary>
    public void OnConnected() => _isConnected = true;

    /// <summary>Tells the grain of the end, once.</summary>
    public void End(string reason, string? detail = null)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) != 0)
        {
            return;
        }

        _abandoned.Unregister();
        var trace = HandlerTracing.Capture(_socket);
        _pump.Add(0, async () =>
        {
            using var activity = HandlerTracing.Start(_client.Namespace, "disconnect", trace);
            try
            {
                await _handling.GetGrain(_client).OnDisconnectAsync(new ClientDisconnect(_client, reason, detail)).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                HandlerTracing.Fail(activity, e);
                _handling.OnFailed(e, "disconnect");
            }
        });
    }

    private async Task AcceptAsync(ConnectAnswer answer)
    {
        try
        {
            foreach (var data in answer.Data)
            {
                _socket.Data.Merge(_socket.Namespace, EventMessages.Read(data));
            }

            if (answer.Member is { } member)
            {
                await _socket.IdentifyAsync(member).ConfigureAwait(false);
            }

            await _socket.JoinAsync(answer.Rooms).ConfigureAwait(false);
        }
        catch
        {
            End(CloseReasons.ServerNamespaceDisconnect);
            throw;
        }
    }

    private void OnEvent(SocketEvent received)
    {
        var trace = HandlerTracing.Capture(_socket);
        _pump.Add(ClientMessages.SizeOf(received), () => DeliverAsync(received, trace));
    }

    private async Task DeliverAsync(SocketEvent received, ActivityContext trace)
    {
        using var activity = HandlerTracing.Start(_client.Namespace, "event", trace);
        try
        {
            if (await _handling.GetGrain(_client).OnEventAsync(ClientMessages.DescribeEvent(_client, received)).ConfigureAwait(false) is { } answer)
            {
                received.Ack?.Send(EventMessages.Read(answer.Message));
            }
        }
        catch (Exception e)
        {
            HandlerTracing.Fail(activity, e);
            var error = _handling.OnFailed(e, received.Name);
            if (received.Ack is { } ack)
            {
                ack.Send(new EventPayload(JsonSerializer.SerializeToUtf8Bytes(new[] { new { error = error.ToJson() } })));
            }
            else
            {
                _socket.Emit("handler_error", error.ToJson(received.Name));
            }
        }
    }

    // It was accepted, and its client was gone before it could be told, or another middleware has refused it.
    private void OnEnded()
    {
        if (!_isConnected)
        {
            End(CloseReasons.TransportClose);
        }
    }
}
