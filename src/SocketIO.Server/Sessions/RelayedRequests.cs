// The owner's end of the relay: what arrived at another server is served by the very transport that serves what arrives here.
namespace SocketIO.Server;

/// <summary>Serves requests of an engine's sessions that other servers have taken.</summary>
internal static class RelayedRequests
{
    /// <summary>Serves a request.</summary>
    public static async ValueTask<RelayedAnswer> ServeAsync(Engine engine, string id, TransportRequest request)
    {
        if (engine.Find(id) is not { } connection)
        {
            return request.Method == "GET" && engine.Departures.Take(id)
                ? new RelayedAnswer(PollingTransport.Farewell)
                : new RelayedAnswer(null, EngineError.UnknownSession, $"sid '{id}'");
        }

        if (connection.CurrentTransport is not PollingTransport polling)
        {
            return new RelayedAnswer(null, EngineError.BadRequest, $"TRANSPORT_MISMATCH: the session uses {connection.Transport}");
        }

        if (request.Method == "POST" && !polling.BeginPost())
        {
            return new RelayedAnswer(TransportResponse.BadRequest);
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
}
