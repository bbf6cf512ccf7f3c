namespace SocketIO.Cluster;

/// <summary>The body of a shard: its members in the order of their hashes. Written once and never changed.</summary>
internal static class RosterBody
{
    public static ReadOnlyMemory<byte> Write(RosterEntry[] entries)
    {
        var writer = new StateWriter(StateKind.RosterBody, entries.Length * 32);
        writer.WriteNumber((ulong)entries.Length);
        foreach (var entry in entries)
        {
            RosterEntry.Write(ref writer, entry);
        }

        return writer.Written;
    }

    /// <exception cref="StateFormatException">The bytes are not a body.</exception>
    public static RosterEntry[] Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, StateKind.RosterBody);
        var entries = RosterEntry.ReadAll(ref reader);
        reader.End();
        return entries;
    }

    /// <summary>A body with a journal's changes: who is present, once each, in order.</summary>
    public static RosterEntry[] Merge(RosterEntry[] body, RosterEntry[] journal)
    {
        var merged = new Dictionary<string, RosterEntry>(body.Length + journal.Length, StringComparer.Ordinal);
        foreach (var entry in body)
        {
            merged[entry.Member] = entry;
        }

        foreach (var entry in journal)
        {
            if (!merged.TryGetValue(entry.Member, out var known) || entry.Supersedes(known))
            {
                merged[entry.Member] = entry;
            }
        }

        var present = new List<RosterEntry>(merged.Count);
        foreach (var entry in merged.Values)
        {
            if (entry.Present)
            {
                present.Add(entry);
            }
        }

        present.Sort(RosterEntry.Compare);
        return [.. present];
    }
}
