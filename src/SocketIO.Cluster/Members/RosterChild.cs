namespace SocketIO.Cluster;

/// <summary>A child of a shard that splits or merges: what is known to be stored of it.</summary>
internal sealed class RosterChild(string key)
{
    public string Key { get; } = key;

    /// <summary>Whether <see cref="Head"/> was read or written and nothing is known to have come after.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Its head; null: nothing is stored.</summary>
    public RosterHead? Head { get; private set; }

    public string? ETag { get; private set; }

    /// <summary>The members of its body; null before they were read.</summary>
    public RosterEntry[]? Body { get; set; }

    /// <summary>What the write in flight makes of its head.</summary>
    public RosterHead? Next { get; set; }

    /// <summary>Whether what is stored is no state that this build can read.</summary>
    public bool IsUnreadable { get; private set; }

    public void Load(in StorageResult result)
    {
        Forget();
        try
        {
            Head = result.ETag is null ? null : RosterHead.Read(result.Bytes.Span);
            ETag = result.ETag;
        }
        catch (StateFormatException)
        {
            IsUnreadable = true;
        }

        IsLoaded = true;
        Body = Head is { BodyVersion: > 0 } ? null : [];
    }

    public void LoadBody(in StorageResult result)
    {
        try
        {
            if (result.ETag is not null)
            {
                Body = RosterBody.Read(result.Bytes.Span);
                return;
            }

            // It was folded since its head was read.
            Forget();
        }
        catch (StateFormatException)
        {
            IsUnreadable = true;
        }
    }

    public void Written(string? etag) => (Head, ETag) = (Next, etag);

    /// <summary>What is stored is not known any more.</summary>
    public void Forget()
    {
        IsLoaded = IsUnreadable = false;
        (Head, ETag, Body) = (null, null, null);
    }
}
