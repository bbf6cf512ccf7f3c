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

    /// <summary>A value; <see langword="null"/> where there is none.</summary>
    /// <param name="key">Its name.</param>
    public object? this[string key]
    {
        get => _values is { } values && values.TryGetValue(key, out var value) ? value : null;
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
    public T? Get<T>(string key) => this[key] switch
    {
        T value => value,
        JsonElement json => json.Deserialize<T>(),
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
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() =>
        (_values ?? Enumerable.Empty<KeyValuePair<string, object?>>()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
