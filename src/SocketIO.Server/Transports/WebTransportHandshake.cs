// What comes before a WebTransport session moves packets: its stream, and the packet that says which session it is of.
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Takes one WebTransport session from its acceptance to its end.</summary>
internal sealed partial class WebTransportHandshake(Engine engine, WebTransportSession session)
{
    // An open packet with a session id, of whatever length the application makes them.
    private const int MaxOpenPacket = 4096;

    public async Task RunAsync()
    {
        try
        {
            if (WhyRefused() is { } refusal)
            {
                Log.Refused(engine.Logger, refusal);
            }
            else if (await OpenAsync().ConfigureAwait(false) is { } transport)
            {
                await ServeAsync(transport).ConfigureAwait(false);
            }
        }
        finally
        {
            session.Close();
        }
    }

    private string? WhyRefused()
    {
        if (!engine.Options.Transports.HasFlag(TransportTypes.WebTransport))
        {
            return "WebTransport is not among EngineOptions.Transports";
        }

        // Both want a request, and there is none.
        return engine.Middlewares.Count > 0 ? "an engine middleware is in use"
            : engine.Options.Cors is not null ? "EngineOptions.Cors is in use"
            : null;
    }

    private async Task<WebTransportTransport?> OpenAsync()
    {
        using var deadline = new CancellationTokenSource(engine.Options.UpgradeTimeout, engine.Time);
        try
        {
            if (await session.AcceptStreamAsync(deadline.Token).ConfigureAwait(false) is not { } stream)
            {
                return null;
            }

            var (opened, sid) = await ReadOpenAsync(stream.Input, deadline.Token).ConfigureAwait(false);
            if (opened && Begin(stream, sid) is { } transport)
            {
                return transport;
            }

            await stream.Output.CompleteAsync().ConfigureAwait(false);
            await stream.Input.CompleteAsync().ConfigureAwait(false);
        }
        catch (EngineFormatException e)
        {
            Log.Refused(engine.Logger, e.Message);
        }
        catch (Exception) when (deadline.IsCancellationRequested)
        {
            Log.Refused(engine.Logger, "the client did not open its stream within EngineOptions.UpgradeTimeout");
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            Log.Refused(engine.Logger, e.Message);
        }

        return null;
    }

    private WebTransportTransport? Begin(IDuplexPipe stream, string? sid)
    {
        if (sid is null)
        {
            return BeginNew(stream);
        }

        if (engine.Find(sid) is not { } connection)
        {
            Log.Refused(engine.Logger, $"there is no session '{sid}'");
            return null;
        }

        var transport = new WebTransportTransport(connection, session, stream);
        if (connection.BeginUpgrade(transport))
        {
            return transport;
        }

        transport.Dispose();
        Log.Refused(engine.Logger, $"session '{sid}' cannot be upgraded");
        return null;
    }

    private WebTransportTransport? BeginNew(IDuplexPipe stream)
    {
        if (engine.Refuse() is not null)
        {
            Log.Refused(engine.Logger, "EngineOptions.MaxConnections is reached");
            return null;
        }

        var connection = engine.Create(session);
        var transport = new WebTransportTransport(connection, session, stream);
        if (!engine.Start(connection, transport))
        {
            transport.Close(null);
        }

        return transport;
    }

    private async Task ServeAsync(WebTransportTransport transport)
    {
        using var ended = new CancellationTokenSource();
        var watching = WatchAsync(transport, ended.Token);
        try
        {
            await transport.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }
    }

    // A session has one stream, and what ends it need not end the stream.
    private async Task WatchAsync(WebTransportTransport transport, CancellationToken ended)
    {
        try
        {
            if (await session.AcceptStreamAsync(ended).ConfigureAwait(false) is { } second)
            {
                await second.Output.CompleteAsync().ConfigureAwait(false);
                await second.Input.CompleteAsync().ConfigureAwait(false);
                transport.OnSecondStream();
                return;
            }
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            // The session has ended, here or there.
        }

        if (!ended.IsCancellationRequested)
        {
            transport.OnSessionEnded();
        }
    }

    // False: the stream ended before. What follows the packet stays unread.
    private static async Task<(bool Opened, string? Sid)> ReadOpenAsync(PipeReader input, CancellationToken deadline)
    {
        using var reader = new WebTransportFrameReader(MaxOpenPacket);
        while (true)
        {
            var result = await input.ReadAsync(deadline).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (reader.TryRead(ref buffer, out var message, out var isBinary))
            {
                try
                {
                    return (true, ParseOpen(EngineCodecV4.Instance.DecodeMessage(message, isBinary)));
                }
                finally
                {
                    input.AdvanceTo(buffer.Start);
                }
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                return default;
            }
        }
    }

    private static string? ParseOpen(in EnginePacket packet)
    {
        if (packet.Type != EnginePacketType.Open)
        {
            throw new EngineFormatException("A WebTransport stream begins with an open packet.");
        }

        if (packet.Data.IsEmpty)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(packet.Data);
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("sid"u8, out var sid)
                && sid.ValueKind == JsonValueKind.String)
            {
                return sid.GetString()!;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new EngineFormatException("The data of an open packet is an object with the session's id.", e);
        }

        throw new EngineFormatException("The data of an open packet is an object with the session's id.");
    }

    private static partial class Log
    {
        [LoggerMessage(8, LogLevel.Debug, "WebTransport session refused: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
