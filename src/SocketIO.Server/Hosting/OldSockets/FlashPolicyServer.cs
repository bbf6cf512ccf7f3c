using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// The policy server on a port of its own: it answers with the document and ends the connection. In go-socket.io's form it waits for the question, as that
/// did; in the others it answers at once, as those did, whatever comes.
/// </summary>
internal sealed partial class FlashPolicyServer : IHostedService, IDisposable
{
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(1);

    private readonly FlashPolicyOptions? _options;
    private readonly byte[] _document;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _free;
    private readonly CancellationTokenSource _stopping = new();
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;

    public FlashPolicyServer(OldSockets oldSockets, ILogger<FlashPolicyServer> logger, TimeProvider? time = null)
    {
        _options = oldSockets.FlashPolicy is { Port: not null } options ? options : null;
        _document = _options is null ? [] : FlashPolicy.CreateDocument(_options.Origins, _options.Form);
        _time = time ?? TimeProvider.System;
        _logger = logger;
        _free = new SemaphoreSlim(_options?.MaxConnections ?? 0);
    }

    /// <summary>Where it listens; <see langword="null"/>: nowhere.</summary>
    public EndPoint? EndPoint => _listener?.LocalEndpoint;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options is null)
        {
            return Task.CompletedTask;
        }

        var port = _options.Port!.Value;
        var listener = _options.Address is null ? TcpListener.Create(port) : new TcpListener(IPAddress.Parse(_options.Address), port);
        try
        {
            listener.Start();
        }
        catch (SocketException e)
        {
            // As a rule a port below 1024 without the privilege. Clients ask the port of the application next.
            listener.Dispose();
            Log.NotBound(_logger, port, e.Message);
            return Task.CompletedTask;
        }

        _listener = listener;
        Log.Listening(_logger, listener.LocalEndpoint);
        _accepting = AcceptAsync(listener);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        _listener?.Dispose();
    }

    public void Dispose()
    {
        _listener?.Dispose();
        _stopping.Dispose();
        _free.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                await _free.WaitAsync(_stopping.Token).ConfigureAwait(false);
                try
                {
                    _ = ServeAsync(await listener.AcceptTcpClientAsync(_stopping.Token).ConfigureAwait(false));
                }
                catch (SocketException e)
                {
                    // Of the machine, such as no more handles; or of a client that is gone already.
                    _free.Release();
                    Log.NotAccepted(_logger, e);
                    await Task.Delay(PauseAfterFault, _time, _stopping.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using var time = new CancellationTokenSource(_options!.Timeout, _time);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(time.Token, _stopping.Token);
            var stream = client.GetStream();
            if (_options.Form == FlashPolicyForm.MasterOnly && !await IsAskedAsync(stream, patience.Token).ConfigureAwait(false))
            {
                return;
            }

            await stream.WriteAsync(_document, patience.Token).ConfigureAwait(false);
            client.Client.Shutdown(SocketShutdown.Send);
            await DrainAsync(stream, patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            // Too slow, or gone.
        }
        finally
        {
            client.Dispose();
            _free.Release();
        }
    }

    private static async Task<bool> IsAskedAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        // The first 20 bytes are enough.
        var question = new byte[20];
        var length = await stream.ReadAtLeastAsync(question, question.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return length == question.Length && FlashPolicy.Recognize(new ReadOnlySequence<byte>(question)) != OperationStatus.InvalidData;
    }

    // What is left unread when a connection is closed makes the close a reset, which overtakes the answer.
    private static async Task DrainAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var rest = new byte[1024];
        var received = 0;
        while (received < rest.Length && await stream.ReadAsync(rest, cancellationToken).ConfigureAwait(false) is > 0 and var length)
        {
            received += length;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(51, LogLevel.Information, "The Flash policy server listens on {EndPoint}")]
        public static partial void Listening(ILogger logger, EndPoint endPoint);

        [LoggerMessage(52, LogLevel.Warning, "There is no Flash policy server on port {Port} (FlashPolicyOptions.Port): {Problem}")]
        public static partial void NotBound(ILogger logger, int port, string problem);

        [LoggerMessage(53, LogLevel.Debug, "The Flash policy server could not accept a connection")]
        public static partial void NotAccepted(ILogger logger, Exception exception);
    }
}
