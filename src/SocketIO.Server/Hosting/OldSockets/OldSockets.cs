// What came before RFC 6455 is not HTTP: its handshake has bytes behind the headers, and Flash's question has no headers at all. So the first bytes of a
// connection are looked at below the web server. A handshake becomes an upgrade request on the normal pipeline, where routing, authentication and
// cross-origin rules apply as to any other; whatever is not certainly one goes on untouched. Only the first request is looked at: no client of these drafts
// asks for a WebSocket on a connection that it has used before.
using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The connection middleware that knows old WebSockets and the inline Flash policy, where a server asks for them.</summary>
internal sealed partial class OldSockets
{
    private readonly OldSocketOptions? _options;
    private readonly byte[]? _policy;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public OldSockets(IServiceProvider services)
    {
        var servers = services.GetKeyedServices<SocketIOServer>(KeyedService.AnyKey).ToArray();
        _options = servers.Select(static server => server.Options.OldSockets).FirstOrDefault(static options => options is not null);
        FlashPolicy = servers.Select(static server => server.Options.FlashPolicy).FirstOrDefault(static options => options is not null);
        _policy = FlashPolicy is null ? null : Protocol.FlashPolicy.CreateDocument(FlashPolicy.Origins, FlashPolicy.Form);
        _patience = _options?.HandshakeTimeout ?? FlashPolicy?.Timeout ?? default;
        _time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        _logger = services.GetRequiredService<ILogger<OldSockets>>();
    }

    /// <summary>Whether WebSockets of any draft are accepted.</summary>
    public bool AcceptsDrafts => _options is not null;

    /// <summary>The options of the policy, if there is one.</summary>
    public FlashPolicyOptions? FlashPolicy { get; }

    /// <summary>Puts the middleware before the rest of a connection's pipeline; the pipeline itself where nothing is asked for.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) =>
        _options is null && _policy is null ? next : connection => RunAsync(next, connection);

    private async Task RunAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        var (status, request) = await LookAsync(connection).ConfigureAwait(false);
        if (status == OperationStatus.InvalidData)
        {
            await next(connection).ConfigureAwait(false);
        }
        else if (request is { Draft: WebSocketDrafts.Hybi })
        {
            await new HybiConnection(connection).RunAsync(next, request).ConfigureAwait(false);
        }
        else if (request is not null)
        {
            await new HixieConnection(connection, request, _patience, _time).RunAsync(next).ConfigureAwait(false);
        }
    }

    // Done without a request: it is over.
    private async ValueTask<(OperationStatus Status, WebSocketDraftRequest? Request)> LookAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        var shutdown = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var time = new CancellationTokenSource(_patience, _time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(time.Token, shutdown);
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(patience.Token).ConfigureAwait(false);
                var buffer = result.Buffer;
                var (status, request) = Judge(in buffer);
                if (status == OperationStatus.NeedMoreData && !result.IsCompleted && !result.IsCanceled && buffer.Length < (_options?.MaxHandshakeBytes ?? long.MaxValue))
                {
                    input.AdvanceTo(buffer.Start, buffer.End);
                    continue;
                }

                if (status != OperationStatus.Done)
                {
                    // Not even looked at, so that the web server has it at once.
                    input.AdvanceTo(buffer.Start);
                    return (OperationStatus.InvalidData, null);
                }

                input.AdvanceTo(request is null ? buffer.End : buffer.GetPosition(request.Length));
                if (request is null)
                {
                    await connection.Transport.Output.WriteAsync(_policy, CancellationToken.None).ConfigureAwait(false);
                }

                return (OperationStatus.Done, request);
            }
        }
        catch (WebSocketProtocolException e)
        {
            Log.Dropped(_logger, connection.ConnectionId, e.Message);
            return (OperationStatus.Done, null);
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            // Too slow, or gone: the web server has its own rules for both.
            return (OperationStatus.InvalidData, null);
        }
    }

    private (OperationStatus Status, WebSocketDraftRequest? Request) Judge(in ReadOnlySequence<byte> input)
    {
        if (input.IsEmpty)
        {
            return (OperationStatus.NeedMoreData, null);
        }

        if (_policy is not null && Protocol.FlashPolicy.Recognize(in input) is not OperationStatus.InvalidData and var asked)
        {
            return (asked, null);
        }

        if (_options is null)
        {
            return (OperationStatus.InvalidData, null);
        }

        var status = WebSocketDraftRequest.TryRead(in input, _options.Drafts, out var request);
        return request?.Length > _options.MaxHandshakeBytes ? (OperationStatus.InvalidData, null) : (status, request);
    }

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Debug, "Connection {Id} dropped: {Reason}")]
        public static partial void Dropped(ILogger logger, string id, string reason);
    }
}
