using System.Diagnostics;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>
/// What handler grains are asked, as activities of the source <c>SocketIO.Orleans</c>: calls go out one after another, when what began them is over, and so in
/// nobody's trace unless they are put into it. Nobody listening, they cost a look at a field.
/// </summary>
internal static class HandlerTracing
{
    private static readonly ActivitySource Source = new("SocketIO.Orleans");

    /// <summary>The trace of what happens now, or else of the client's handshake.</summary>
    public static ActivityContext Capture(Socket socket) =>
        !Source.HasListeners() ? default : Activity.Current is { } activity ? activity.Context : socket.Handshake.TraceContext;

    /// <summary>A call of a handler grain begins.</summary>
    /// <param name="namespace">The namespace that it serves.</param>
    /// <param name="what">What it is asked: an event's name would be one of thousands.</param>
    /// <param name="trace">What the call belongs to.</param>
    public static Activity? Start(string @namespace, string what, ActivityContext trace)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        // The pump's own, which is that of whoever woke it.
        Activity.Current = null;
        return Source.StartActivity(
            $"{@namespace} {what}",
            ActivityKind.Client,
            trace,
            [new("rpc.system", "socketio"), new("rpc.service", @namespace), new("rpc.method", what)]);
    }

    /// <summary>The call has failed.</summary>
    public static void Fail(Activity? activity, Exception error)
    {
        activity?.SetTag("error.type", error.GetType().FullName);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
