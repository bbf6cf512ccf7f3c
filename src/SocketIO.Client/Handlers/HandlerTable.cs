using System.Collections.Concurrent;

namespace SocketIO.Client;

/// <summary>The handlers of a client, by event. They may come and go while events arrive.</summary>
internal sealed class HandlerTable
{
    private readonly ConcurrentDictionary<string, HandlerBinding[]> _handlers = new();

    public void Add(string eventName, Delegate handler)
    {
        var binding = new HandlerBinding(handler);
        _handlers.AddOrUpdate(eventName, static (_, added) => [added], static (_, before, added) => [.. before, added], binding);
    }

    /// <summary>Removes a handler of an event; <see langword="null"/>: all of them.</summary>
    public void Remove(string eventName, Delegate? handler)
    {
        while (_handlers.TryGetValue(eventName, out var before))
        {
            HandlerBinding[] left = handler is null ? [] : [.. before.Where(binding => !binding.Handler.Equals(handler))];
            if (left.Length == 0 ? _handlers.TryRemove(KeyValuePair.Create(eventName, before)) : _handlers.TryUpdate(eventName, left, before))
            {
                return;
            }
        }
    }

    public HandlerBinding[] Get(string eventName) => _handlers.GetValueOrDefault(eventName) ?? [];
}
