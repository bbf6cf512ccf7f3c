using System.Text.Json;

namespace SocketIO.Orleans;

/// <summary>What a client is told when its handler fails: nothing of the application's.</summary>
/// <param name="Code">For programs.</param>
/// <param name="Message">For people.</param>
internal sealed record HandlerError(string Code, string Message)
{
    /// <summary>The grain has thrown.</summary>
    public static HandlerError Failed { get; } = new("handler_failed", "The handler of this namespace has failed.");

    /// <summary>The grain could not be reached, or has not answered in time: it may have been called.</summary>
    public static HandlerError Unavailable { get; } = new("handler_unavailable", "The handler of this namespace is not available.");

    /// <summary>The error for a client.</summary>
    /// <param name="eventName">The event that it is about, where the client would not know.</param>
    public JsonElement ToJson(string? eventName = null) => eventName is null
        ? JsonSerializer.SerializeToElement(new { code = Code, message = Message })
        : JsonSerializer.SerializeToElement(new { code = Code, message = Message, @event = eventName });
}
