// A receiver's place in the log: what it has, what is under way to it, and whether more is due.
namespace SocketIO.Cluster;

/// <summary>
/// One gateway's place in a partition's log, with at most one delivery in flight. The first delivery installs the epoch: it reaches from a fixed position to
/// another, as one batch, and nothing else is sent before it was acknowledged.
/// </summary>
internal sealed class DeliveryCursor
{
    private long _installAfter;
    private long _position;
    private long _ackedSettled;
    private TimeSpan? _sentAt;
    private long _sentThrough;
    private long _sentSettled;
    private long _sentAccepted;
    private bool _sentLost;

    /// <summary>Whether the first delivery of this epoch is acknowledged.</summary>
    public bool IsInstalled { get; private set; }

    /// <summary>The end of the first delivery.</summary>
    public long InstallThrough { get; private set; }

    /// <summary>The gateway has all that is its own up to here.</summary>
    public long Acked { get; private set; }

    /// <summary>The gateway knows which of its own items were accepted up to this position.</summary>
    public long AckedSettled => _ackedSettled;

    /// <summary>Its own items up to this number are accepted, and it knows that.</summary>
    public long AckedAccepted { get; private set; }

    /// <summary>The latest item that is for it.</summary>
    public long LastRouted { get; set; }

    /// <summary>Something for it was dropped from the log before it had it.</summary>
    public bool IsLost { get; set; }

    /// <summary>Where the next delivery starts.</summary>
    public long After => IsInstalled ? _position : _installAfter;

    /// <summary>Whether a delivery is not acknowledged.</summary>
    public bool IsInFlight => _sentAt is not null;

    /// <summary>Whether something for it is not acknowledged.</summary>
    public bool IsBehind => !IsInstalled || LastRouted > Acked;

    /// <summary>The gateway is admitted.</summary>
    /// <param name="after">Where its first delivery starts.</param>
    /// <param name="through">Where it ends.</param>
    /// <param name="accepted">The number of its last item that was accepted before.</param>
    public void Install(long after, long through, long accepted)
    {
        InstallThrough = through;
        AckedAccepted = accepted;
        _installAfter = _position = _ackedSettled = Acked = LastRouted = after;
    }

    /// <summary>A delivery goes out.</summary>
    public void Sent(long through, long settled, long accepted, TimeSpan now)
    {
        _sentAt = now;
        _position = _sentThrough = through;
        _sentSettled = settled;
        _sentAccepted = accepted;
        _sentLost = IsLost;
    }

    /// <summary>The gateway has everything up to a position, and knows what is settled up to another.</summary>
    public void Acknowledge(long position, long settled)
    {
        IsInstalled = true;
        Acked = Math.Max(Acked, position);
        _ackedSettled = Math.Max(_ackedSettled, settled);
        if (_sentAt is null || position < _sentThrough || settled < _sentSettled)
        {
            return;
        }

        _sentAt = null;
        AckedAccepted = Math.Max(AckedAccepted, _sentAccepted);
        IsLost &= !_sentLost;
    }

    /// <summary>What is not acknowledged has to go out again.</summary>
    public void Rewind()
    {
        _sentAt = null;
        _position = Acked;
    }

    /// <summary>The same if the delivery in flight went out so long ago.</summary>
    public void RewindAfter(TimeSpan timeout, TimeSpan now)
    {
        if (_sentAt is { } sentAt && now - sentAt >= timeout)
        {
            Rewind();
        }
    }

    /// <summary>Whether there is something to tell.</summary>
    /// <param name="settled">The position that is settled.</param>
    /// <param name="accepted">The number up to which its own items are accepted.</param>
    /// <param name="settleEvery">After how many settled positions it hears of them where nothing else is sent.</param>
    public bool IsDue(long settled, long accepted, int settleEvery) =>
        !IsInstalled || LastRouted > _position || IsLost || accepted > AckedAccepted || settled - _ackedSettled >= settleEvery;
}
