// The handlers of one socket, found by the event's name as it came over the wire.
using System.Text;

namespace SocketIO.Server;

/// <summary>One registered handler.</summary>
internal readonly record struct HandlerEntry(uint Hash, byte[] Name, Delegate Handler, HandlerBinding Binding, bool Once);

/// <summary>Copy-on-write: dispatch reads without a lock while handlers come and go.</summary>
internal sealed class HandlerTable
{
    private readonly Lock _gate = new();
    private HandlerEntry[] _entries = [];

    public HandlerEntry[] Entries => Volatile.Read(ref _entries);

    public void Add(string name, Delegate handler, HandlerBinding binding, bool once)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        var entry = new HandlerEntry(Hash(utf8), utf8, handler, binding, once);
        lock (_gate)
        {
            var old = _entries;
            var entries = new HandlerEntry[old.Length + 1];
            old.CopyTo(entries, 0);
            entries[^1] = entry;
            Volatile.Write(ref _entries, entries);
        }
    }

    /// <summary>Removes the handlers of an event, or one of them, or (without a name) all.</summary>
    public void Remove(string? name, Delegate? handler)
    {
        var utf8 = name is null ? null : Encoding.UTF8.GetBytes(name);
        lock (_gate)
        {
            Volatile.Write(ref _entries, [.. _entries.Where(entry =>
                (utf8 is not null && !entry.Name.AsSpan().SequenceEqual(utf8)) || (handler is not null && !entry.Handler.Equals(handler)))]);
        }
    }

    /// <summary>Takes a handler for one use out; false: another event was faster.</summary>
    public bool TakeOnce(in HandlerEntry entry)
    {
        lock (_gate)
        {
            var index = Array.IndexOf(_entries, entry);
            if (index < 0)
            {
                return false;
            }

            Volatile.Write(ref _entries, [.. _entries[..index], .. _entries[(index + 1)..]]);
            return true;
        }
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
}
