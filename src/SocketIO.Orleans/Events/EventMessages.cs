using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Arguments and answers between the server's form and the one that crosses silos.</summary>
internal static class EventMessages
{
    /// <summary>On their way out; the memory is copied.</summary>
    public static EventMessage Write(EventPayload payload) =>
        new(payload.Json.ToArray(), Array.ConvertAll(payload.Attachments.ToArray(), static attachment => attachment.ToArray()));

    /// <summary>On their way in.</summary>
    public static EventPayload Read(EventMessage message) =>
        new(message.Json, Array.ConvertAll(message.Attachments, static attachment => (ReadOnlyMemory<byte>)attachment));
}
