namespace SocketIO.Conformance.Tests;

/// <summary>Bytes of a recording and when they were sent.</summary>
internal sealed record CapturedWrite(TimeSpan At, ReadOnlyMemory<byte> Data);

/// <summary>How much of an answer had come at a time.</summary>
/// <param name="At">Time since the start of the recording.</param>
/// <param name="Length">The bytes of the body that were there.</param>
/// <param name="IsComplete">Whether that was all.</param>
internal sealed record CapturedArrival(TimeSpan At, int Length, bool IsComplete);

/// <summary>A recorded request, all that followed it on an upgraded connection, and the answer.</summary>
internal sealed class CapturedExchange
{
    private readonly List<CapturedWrite> _writes = [];
    private readonly List<CapturedArrival> _arrivals = [];

    private CapturedExchange(string connection) => Connection = connection;

    /// <summary>The name of the connection.</summary>
    public string Connection { get; }

    /// <summary>The request; null where the client spoke no HTTP.</summary>
    public HttpTape? Request { get; private set; }

    /// <summary>The answer; null where there was none, or none in HTTP.</summary>
    public HttpTape? Response { get; private set; }

    /// <summary>The answer of a server that spoke no HTTP.</summary>
    public ReadOnlyMemory<byte> RawAnswer { get; private set; }

    /// <summary>Whether the recording has only the beginning of the answer.</summary>
    public bool IsTruncated { get; private set; }

    /// <summary>What the client sent, the request first, in the pieces in which it did.</summary>
    public IReadOnlyList<CapturedWrite> Writes => _writes;

    /// <summary>What came of the answer, and when.</summary>
    public IReadOnlyList<CapturedArrival> Arrivals => _arrivals;

    /// <summary>When the client closed the connection under this exchange.</summary>
    public TimeSpan? ClientClosedAt { get; private set; }

    /// <summary>Whether the server closed the connection of itself.</summary>
    public bool IsClosedByServer { get; private set; }

    /// <summary>Whether the client asked for the connection to become a WebSocket.</summary>
    public bool IsUpgrade => Request is { IsUpgrade: true };

    public override string ToString() => $"connection {Connection}: {Request?.StartLine ?? "no HTTP"}";

    /// <summary>Takes a connection apart.</summary>
    public static IReadOnlyList<CapturedExchange> Of(CapturedConnection connection)
    {
        var exchanges = new List<CapturedExchange>();
        var isClosedByServer = false;
        foreach (var captured in connection.Events)
        {
            var last = exchanges.LastOrDefault();
            switch (captured.Kind)
            {
                case CapturedEventKind.FromClient when isClosedByServer:
                    // It never reached the server; the client sends it again on another connection.
                    break;
                case CapturedEventKind.FromClient:
                    if (last is null || last.Request is null or { IsComplete: true })
                    {
                        exchanges.Add(last = new CapturedExchange(connection.Name));
                    }

                    last.Write(captured);
                    break;
                case CapturedEventKind.FromServer:
                    // Of requests that overtake their answers the oldest is answered.
                    exchanges.First(static exchange => exchange.Response is null or { IsComplete: false }).Answer(captured);
                    break;
                case CapturedEventKind.ClientClosed:
                    last?.ClientClosedAt = captured.At;
                    break;
                default:
                    isClosedByServer = true;
                    last?.IsClosedByServer = last.ClientClosedAt is null;
                    break;
            }
        }

        return exchanges;
    }

    private void Write(CapturedEvent captured)
    {
        _writes.Add(new CapturedWrite(captured.At, captured.Data));
        if (Request is null && (captured.Data.Length == 0 || captured.Data[0] == '<'))
        {
            return;
        }

        Request ??= new HttpTape();
        var taken = Request.Feed(captured.Data);
        if (taken < captured.Data.Length)
        {
            throw new FormatException($"{this}: the client sent another request before this one's answer.");
        }
    }

    private void Answer(CapturedEvent captured)
    {
        IsTruncated |= captured.IsTruncated;
        if (Request is null)
        {
            RawAnswer = captured.Data;
            _arrivals.Add(new CapturedArrival(captured.At, captured.Data.Length, true));
            return;
        }

        Response ??= new HttpTape();
        Response.Feed(captured.Data);
        _arrivals.Add(new CapturedArrival(captured.At, Response.Body.Length, Response.IsComplete));
    }
}
