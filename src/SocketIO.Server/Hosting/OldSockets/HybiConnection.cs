using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>A connection of version 7 or 8: only its request is written anew; its frames are those of RFC 6455.</summary>
internal sealed class HybiConnection(ConnectionContext connection)
{
    private readonly IDuplexPipe _client = connection.Transport;
    private readonly Pipe _toHttp = OldSocketPipe.Create(connection);

    public async Task RunAsync(ConnectionDelegate next, WebSocketDraftRequest request)
    {
        request.WriteUpgrade(_toHttp.Writer);
        var receiving = ReceiveAsync();
        connection.Transport = new DuplexPipe(_toHttp.Reader, _client.Output);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            await _toHttp.Reader.CompleteAsync().ConfigureAwait(false);
            _client.Input.CancelPendingRead();
            await receiving.ConfigureAwait(false);
            connection.Transport = _client;
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            await _toHttp.Writer.FlushAsync().ConfigureAwait(false);
            await _client.Input.CopyToAsync(_toHttp.Writer).ConfigureAwait(false);
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            // The end of the input tells the server.
        }

        await _toHttp.Writer.CompleteAsync().ConfigureAwait(false);
    }
}

/// <summary>The pipes between the web server and an old connection, bounded as pipes are by default.</summary>
internal static class OldSocketPipe
{
    public static Pipe Create(ConnectionContext connection) => new(new PipeOptions(
        connection.Features.Get<Microsoft.AspNetCore.Connections.Features.IMemoryPoolFeature>()?.MemoryPool,
        useSynchronizationContext: false));
}
