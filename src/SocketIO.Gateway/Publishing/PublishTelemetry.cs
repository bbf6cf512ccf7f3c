using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SocketIO.Gateway;

/// <summary>What back-ends ask for, in the meter and the source <c>SocketIO.Gateway</c>.</summary>
internal sealed class PublishTelemetry
{
    private static readonly ActivitySource Source = new(Telemetry.Name);

    private readonly Histogram<double> _duration;

    public PublishTelemetry(IMeterFactory meters) => _duration = meters.Create(Telemetry.Name).CreateHistogram(
        "socketio.publish.duration",
        "s",
        "How long requests of back-ends took, by call and status.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300] });

    /// <summary>Measures and traces a request; of the trace that the back-end began, where it did.</summary>
    public async Task RunAsync(HttpContext context, Func<HttpContext, Task> serve)
    {
        var start = Stopwatch.GetTimestamp();
        using var activity = Start(context.Request);
        // Where a handler throws, the web server answers so.
        var status = StatusCodes.Status500InternalServerError;
        try
        {
            await serve(context);
            status = context.Response.StatusCode;
        }
        finally
        {
            // A path that nobody serves is no name.
            var call = context.GetEndpoint() is RouteEndpoint endpoint ? $"{context.Request.Method} {endpoint.RoutePattern.RawText}" : "_OTHER";
            if (activity is not null)
            {
                activity.DisplayName = call;
                activity.SetTag("http.response.status_code", status);
                activity.SetStatus(status >= StatusCodes.Status500InternalServerError ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
            }

            _duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>("http.route", call), new("http.response.status_code", status));
        }
    }

    private static Activity? Start(HttpRequest request)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        _ = ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out var trace);
        // The web server's own is not told to anybody.
        Activity.Current = null;
        return Source.StartActivity("publish", ActivityKind.Server, trace, [new("rpc.system", "socketio"), new("rpc.service", "publish")]);
    }
}
