using Orleans;

namespace SocketIO.Orleans;

/// <summary>The answer to a client's event.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.EventAnswer")]
public sealed class EventAnswer
{
    private EventAnswer(EventMessage message) => Message = message;

    [Id(0)]
    internal EventMessage Message { get; }

    /// <summary>An answer of any number of values, none included.</summary>
    /// <param name="values">The values; byte arrays, memory and streams in them are sent as binary.</param>
    public static EventAnswer Of(params ReadOnlySpan<object?> values) => new(EventJson.Web.Write(values));
}
