using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace SocketIO.Server;

/// <summary>
/// What an application keeps with a socket. It is seen by <c>FetchSocketsAsync</c> on any node and survives a recovery, so values
/// should be serializable. Thread-safe. Source: <see href="https://socket.io/docs/v4/server-socket-instance/#socketdata"/>.
/// </summary>
public sealed class SocketData : IEnumerable<KeyValuePair<string, object?>>
{
    private ConcurrentDictionary<string, object?>? _values;

    /// <summary>A value was set or removed; its key is given.</summary>
    public event Action<string>? Changed;

    /// <summary>How many values there are.</summary>
    public int Count => _values?.Count ?? 0;

    /// <summary>A value; <see langword="null"/> where there is none. What another node sent is a <see cref="JsonElement"/>; <see cref="Get"/> reads it.</summary>
    /// <param name="key">Its name.</param>
    public object? this[string key]
    {
        get => Expose(Find(key));
        set
        {
            if (_values is null)
            {
                Interlocked.CompareExchange(ref _values, new ConcurrentDictionary<string, object?>(1, 4), null);
            }

            _values[key] = value;
            Changed?.Invoke(key);
        }
    }

    /// <summary>A value as a <typeparamref name="T"/>, also where another node sent it as JSON.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>The value, or the default where there is none.</returns>
    public T? Get<T>(string key) => Find(key) switch
    {
        T value => value,
        SentValue sent => sent.Get<T>(),
        _ => default,
    };

    /// <summary>Gets a value if there is one.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="value">The value.</param>
    public bool TryGet<T>(string key, [MaybeNullWhen(false)] out T value)
    {
        if (this[key] is { })
        {
            value = Get<T>(key)!;
            return value is not null;
        }

        value = default;
        return false;
    }

    /// <summary>Removes a value.</summary>
    /// <param name="key">Its name.</param>
    public void Remove(string key)
    {
        if (_values?.TryRemove(key, out _) == true)
        {
            Changed?.Invoke(key);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        foreach (var (key, value) in Values)
        {
            yield return KeyValuePair.Create(key, Expose(value));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The values in the form that crosses processes; for adapters.</summary>
    /// <param name="ns">The socket's namespace, whose server's JSON options are used.</param>
    /// <exception cref="NotSupportedException">A value can't be serialized.</exception>
    public EventPayload Write(Namespace ns)
    {
        ArgumentNullException.ThrowIfNull(ns);
        var writer = ns.Server.Serializer.Rent();
        try
        {
            WriteTo(writer, ns.Server.Serializer);
            return writer.ToPayload();
        }
        finally
        {
            EventSerializer.Return(writer);
        }
    }

    /// <summary>What <see cref="Write"/> wrote; for adapters.</summary>
    /// <param name="ns">The socket's namespace.</param>
    /// <param name="payload">The values.</param>
    /// <exception cref="JsonException">It is nothing of the kind.</exception>
    public static SocketData Read(Namespace ns, EventPayload payload)
    {
        var data = new SocketData();
        data.Merge(ns, payload);
        return data;
    }

    /// <summary>Sets the values that another process wrote.</summary>
    /// <param name="ns">The socket's namespace.</param>
    /// <param name="payload">The values, each behind its name.</param>
    /// <exception cref="JsonException">It is nothing of the kind.</exception>
    public void Merge(Namespace ns, EventPayload payload)
    {
        ArgumentNullException.ThrowIfNull(ns);
        ArgumentNullException.ThrowIfNull(payload);
        Merge(new EventArguments(ns.Server.Serializer, payload, isEvent: false), 0);
    }

    internal static SocketData Read(EventArguments arguments, int first)
    {
        var data = new SocketData();
        data.Merge(arguments, first);
        return data;
    }

    private void Merge(EventArguments arguments, int first)
    {
        if ((arguments.Count - first) % 2 != 0)
        {
            throw new JsonException("The last of a socket's values is missing.");
        }

        for (var i = first; i < arguments.Count; i += 2)
        {
            this[arguments.Get<string>(i) ?? throw new JsonException("A socket's value has no name.")] = new SentValue(arguments, i + 1);
        }
    }

    internal void WriteTo(PayloadWriter writer, EventSerializer serializer)
    {
        foreach (var (key, value) in Values)
        {
            serializer.Write(writer, key);
            serializer.Write(writer, value is SentValue sent ? sent.Raw : value);
        }
    }

    private IEnumerable<KeyValuePair<string, object?>> Values => _values ?? Enumerable.Empty<KeyValuePair<string, object?>>();

    private static object? Expose(object? value) => value is SentValue sent ? sent.Get<JsonElement>() : value;

    private object? Find(string key) => _values is { } values && values.TryGetValue(key, out var value) ? value : null;

    /// <summary>A value as another node sent it.</summary>
    private sealed class SentValue(EventArguments arguments, int index)
    {
        public object Raw => arguments.GetRaw(index);

        public T? Get<T>() => arguments.Get<T>(index);
    }
}
