// Events of a connection are no requests of their own: the trace that the client's handshake named is what they belong to.
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// The activities of what clients do, by OpenTelemetry's conventions for remote procedure calls. Nobody listening, they cost a look at a field.
/// Source: <see href="https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/"/>.
/// </summary>
internal static class Tracing
{
    // What a client may call as it likes must not become a name of thousands.
    private const string UnknownMethod = "_OTHER";
    private const int MaxTagLength = 128;

    private static readonly ActivitySource Source = new("SocketIO.Server");

    /// <summary>Whether somebody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>A client asks to be let into a namespace: the middlewares and connection handlers.</summary>
    public static Activity? StartConnect(Namespace ns, HandshakeRequest request) => IsOn ? Start(ns, "connect", request) : null;

    /// <summary>The handlers of an event.</summary>
    public static Activity? StartEvent(Socket socket, in Packet packet)
    {
        var argument = packet.Arguments.Span[0];
        var json = packet.Payload.Span.Slice(argument.Start, argument.Length);
        if (argument.Kind != JsonTokenType.String)
        {
            return Start(socket.Namespace, Encoding.UTF8.GetString(json), socket.Connection.Request);
        }

        var reader = new Utf8JsonReader(json);
        reader.Read();
        var name = reader.GetString()!;
        if (socket.Handlers?.Count(name) > 0)
        {
            return Start(socket.Namespace, name, socket.Connection.Request);
        }

        var activity = Start(socket.Namespace, UnknownMethod, socket.Connection.Request);
        activity?.SetTag("rpc.method_original", name.Length > MaxTagLength ? name[..MaxTagLength] : name);
        return activity;
    }

    /// <summary>What an activity stands for has failed.</summary>
    public static void Fail(Exception error)
    {
        if (IsOn && Activity.Current is { } activity && activity.Source == Source)
        {
            activity.SetTag("error.type", error.GetType().FullName);
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static Activity? Start(Namespace ns, string method, HandshakeRequest request)
    {
        // Not of the request that happened to carry it.
        Activity.Current = null;
        // Tags that are given with the start let a sampler tell them.
        return Source.StartActivity(
            $"{ns.Name}/{method}",
            ActivityKind.Server,
            request.TraceContext,
            [new("rpc.system", "socketio"), new("rpc.service", ns.Name), new("rpc.method", method)]);
    }
}
