// The owner's end of the relay: what arrived at another server is served by the very transport that serves what arrives here.
namespace SocketIO.Server;

/// <summary>Serves requests of an engine's sessions that other servers have taken.</summary>
internal static class RelayedRequests
{
    /// <summary>Serves a request.</summary>
    public static async ValueTask<RelayedAnswer> ServeAsync(Engine engine, string id, TransportRequest request)
    {
        if (engine.Find(id) is not { Dialect.IsEngineIO: true } connection)
        {
            return request.Method == "GET" && engine.Departures.Take(id) is { } farewell
                ? new RelayedAnswer(farewell)
                : new RelayedAnswer(null, EngineError.UnknownSession, $"sid '{id}'");
        }

        if (connection.CurrentTransport is not PollingTransport polling)
        {
            return new RelayedAnswer(null, EngineError.BadRequest, $"TRANSPORT_MISMATCH: the session uses {connection.Transport}");
        }

        if (request.Method == "POST" && !polling.BeginPost())
        {
            return new RelayedAnswer(polling.Overlap);
        }

        return new RelayedAnswer(await polling.HandleAsync(request).ConfigureAwait(false));
    }

    /// <summary>A POST has broken off before its end: the session ends, as what it lost is not known.</summary>
    public static void OnBrokenOff(Engine engine, string id)
    {
        if (engine.Find(id) is { CurrentTransport: PollingTransport polling })
        {
            polling.OnPostBrokenOff();
        }
    }

    /// <summary>Begins the upgrade to a WebSocket that another server carries.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="id">The session.</param>
    /// <param name="offers">The extensions that the client offers.</param>
    /// <param name="accept">Gets the extension that is agreed to, and gives the carrier of the frames; none: the client has gone.</param>
    /// <returns><see langword="false"/>: there is no such session.</returns>
    public static bool TryUpgrade(Engine engine, string id, string offers, Func<string?, WebSocketCarrier?> accept)
    {
        if (engine.Find(id) is not { Dialect.IsEngineIO: true } connection)
        {
            return false;
        }

        var extension = WebSocketRequests.Negotiate(engine, offers);
        if (accept(extension) is { } carrier)
        {
            _ = RunAsync(connection, carrier, extension is not null);
        }

        return true;
    }

    private static async Task RunAsync(EngineConnection connection, WebSocketCarrier carrier, bool deflate)
    {
        try
        {
            await WebSocketRequests.RunAsync(connection, carrier, connection.Dialect.CreateCodec(connection.Request.Query), deflate, connection.BeginUpgrade).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            connection.Engine.LogFailure(e, connection.Id);
            carrier.Abort();
        }
    }
}
