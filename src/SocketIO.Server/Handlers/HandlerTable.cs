// The handlers of one socket, found by the event's name as it came over the wire.
using System.Text;

namespace SocketIO.Server;

/// <summary>One registered handler.</summary>
internal readonly record struct HandlerEntry(uint Hash, byte[] Name, Delegate Handler, HandlerBinding Binding, bool Once);

/// <summary>Copy-on-write: dispatch reads without a lock while handlers come and go.</summary>
internal sealed class HandlerTable
{
    private HandlerEntry[] _entries = [];

    public HandlerEntry[] Entries => Volatile.Read(ref _entries);

    public void Add(in HandlerEntry entry)
    {
        // Without a closure: every connection comes by here for each of its handlers.
        HandlerEntry[] old;
        do
        {
            old = Entries;
        }
        while (!ReferenceEquals(Interlocked.CompareExchange(ref _entries, [.. old, entry], old), old));
    }

    /// <summary>Removes the handlers of an event, or one of them, or (without a name) all.</summary>
    public void Remove(string? name, Delegate? handler)
    {
        var utf8 = name is null ? null : Encoding.UTF8.GetBytes(name);
        Replace(old => [.. old.Where(entry =>
            (utf8 is not null && !entry.Name.AsSpan().SequenceEqual(utf8)) || (handler is not null && !entry.Handler.Equals(handler)))]);
    }

    public int Count(string name)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        return Entries.Count(entry => entry.Name.AsSpan().SequenceEqual(utf8));
    }

    /// <summary>Takes a handler for one use out; false: another event was faster.</summary>
    public bool TakeOnce(HandlerEntry entry)
    {
        var taken = false;
        Replace(old =>
        {
            var index = Array.IndexOf(old, entry);
            taken = index >= 0;
            return taken ? [.. old[..index], .. old[(index + 1)..]] : old;
        });
        return taken;
    }

    public static uint Hash(ReadOnlySpan<byte> name)
    {
        // FNV-1a: names are short, and the names themselves are compared where it matches.
        var hash = 2166136261u;
        foreach (var b in name)
        {
            hash = (hash ^ b) * 16777619u;
        }

        return hash;
    }

    private void Replace(Func<HandlerEntry[], HandlerEntry[]> change)
    {
        while (true)
        {
            var old = Entries;
            if (ReferenceEquals(Interlocked.CompareExchange(ref _entries, change(old), old), old))
            {
                return;
            }
        }
    }
}
