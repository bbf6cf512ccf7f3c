// A session that this gateway owns, and its copy in the cluster, which follows as fast as it can be written.
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>
/// Writes a session: first that it is there, then each change of its rooms and data, with one write under way at a time, at last that its client is away or
/// that it has ended. It stops as soon as another gateway has claimed it, and waits for that gateway to ask what was not written any more. Thread-safe.
/// </summary>
internal sealed class OwnedSession
{
    /// <summary>How long whoever has claimed a session has to ask what is known of it.</summary>
    public static readonly TimeSpan EvictionTime = TimeSpan.FromSeconds(5);

    private const int MaxRetries = 120;

    // Half of the time after which a session that nobody has written counts as left behind by a gateway that has died.
    private static readonly TimeSpan RefreshAfter = new SessionOptions().MaxSilence / 2;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly ISessionLink _link;
    private readonly GatewayId _gateway;
    private readonly string _privateId;
    private readonly string? _user;
    private readonly Func<SessionContent> _read;
    private readonly Action<OwnedSession> _onOver;
    private readonly Func<TimeSpan> _now;
    private readonly long _claim = Random.Shared.NextInt64();
    private ulong _generation;
    private SessionContent? _last;
    private Phase _phase;
    private long _revision;
    private TimeSpan _writtenAt;
    private int _retries;
    private bool _hasBegun;
    private bool _isDirty;
    private bool _isWriting;

    /// <param name="link">The way to the session.</param>
    /// <param name="gateway">This gateway.</param>
    /// <param name="privateId">The session's id.</param>
    /// <param name="socket">Its socket.</param>
    /// <param name="user">The name of the client's user.</param>
    /// <param name="generation">Under which it was claimed; 0: it is new.</param>
    /// <param name="read">Reads what is to be written.</param>
    /// <param name="onOver">Nothing more is written, and nobody is waited for.</param>
    /// <param name="now">The time.</param>
    public OwnedSession(
        ISessionLink link,
        GatewayId gateway,
        string privateId,
        Socket socket,
        string? user,
        ulong generation,
        Func<SessionContent> read,
        Action<OwnedSession> onOver,
        Func<TimeSpan> now)
    {
        _link = link;
        _gateway = gateway;
        _privateId = privateId;
        _user = user;
        _generation = generation;
        _read = read;
        _onOver = onOver;
        _now = now;
        _writtenAt = now();
        Socket = socket;
    }

    private enum Phase
    {
        Connected,
        Away,
        Ended,
        // By another gateway, which has not asked here yet.
        Claimed,
        Over,
    }

    public Socket Socket { get; }

    public string PrivateId => _privateId;

    /// <summary>Whether its client is here.</summary>
    public bool IsConnected
    {
        get
        {
            lock (_gate)
            {
                return _phase == Phase.Connected;
            }
        }
    }

    /// <summary>Whether anything of it was to be written yet.</summary>
    public bool HasBegun
    {
        get
        {
            lock (_gate)
            {
                return _hasBegun;
            }
        }
    }

    private bool IsRefreshDue => _now() - _writtenAt >= RefreshAfter;

    /// <summary>It has begun, or its rooms or its data have changed.</summary>
    public void Write() => Advance(Phase.Connected, null);

    /// <summary>Its client is still here: it is written once more, unless it was within the last hours.</summary>
    /// <returns>Whether it is written.</returns>
    public bool Refresh()
    {
        lock (_gate)
        {
            if (_phase != Phase.Connected || !_hasBegun || _isWriting || !IsRefreshDue)
            {
                return false;
            }
        }

        Write();
        return true;
    }

    /// <summary>Its client has lost the connection and may come back.</summary>
    public void Leave(SessionContent content) => Advance(Phase.Away, content);

    /// <summary>It is over: its client has left for good.</summary>
    public void End() => Advance(Phase.Ended, null);

    /// <summary>It goes on elsewhere: gives what is known of it, writes nothing more, and ends the socket that is still here.</summary>
    /// <returns><see langword="null"/>: it has ended.</returns>
    public SessionContent? GiveUp()
    {
        lock (_gate)
        {
            Settle(Phase.Over);
        }

        Socket.Evict();
        return _last;
    }

    private void Advance(Phase phase, SessionContent? content)
    {
        lock (_gate)
        {
            if (phase < _phase)
            {
                return;
            }

            _hasBegun = true;
            _phase = phase;
            _last = content ?? _last;
            _isDirty = true;
            if (_isWriting)
            {
                return;
            }

            _isWriting = true;
        }

        _ = WriteAllAsync();
    }

    private async Task WriteAllAsync()
    {
        while (true)
        {
            Phase phase;
            lock (_gate)
            {
                if (!_isDirty || _phase >= Phase.Claimed)
                {
                    _isWriting = false;
                    return;
                }

                phase = _phase;
                // To begin with, it has to be there at all.
                _isDirty = _generation == 0;
            }

            switch (await WriteOnceAsync(phase).ConfigureAwait(false))
            {
                case SessionOutcome.Done:
                    if (phase != Phase.Connected && !_isDirty)
                    {
                        Over();
                    }

                    break;
                case SessionOutcome.Unavailable when phase == Phase.Connected || ++_retries < MaxRetries:
                    await Task.Delay(RetryDelay).ConfigureAwait(false);
                    lock (_gate)
                    {
                        _isDirty = true;
                    }

                    break;
                case SessionOutcome.TooLarge or SessionOutcome.Unavailable when phase != Phase.Ended:
                    // Nobody is to come back to what is stored of before.
                    lock (_gate)
                    {
                        _phase = _phase < Phase.Ended ? Phase.Ended : _phase;
                        _isDirty = true;
                    }

                    break;
                case SessionOutcome.Stale:
                    lock (_gate)
                    {
                        Settle(Phase.Claimed);
                    }

                    Socket.Evict();
                    // Who has claimed it asks here for what could not be written, unless it dies first.
                    await Task.Delay(EvictionTime).ConfigureAwait(false);
                    Over();
                    break;
                default:
                    // Expired, or not to be reached: it can't be recovered.
                    Over();
                    break;
            }
        }
    }

    private async Task<SessionOutcome> WriteOnceAsync(Phase phase)
    {
        try
        {
            if (_generation == 0)
            {
                var created = await _link.CreateAsync(_privateId, _claim, _gateway, Socket.Id, _user).ConfigureAwait(false);
                _generation = created.Outcome == SessionOutcome.Done ? 1UL : 0;
                _writtenAt = _now();
                return created.Outcome;
            }

            if (phase == Phase.Ended)
            {
                return (await _link.EndAsync(_privateId, _generation).ConfigureAwait(false)).Outcome;
            }

            var content = _last ?? _read();
            if (_revision == 0 && phase == Phase.Connected && !IsRefreshDue && content.Data.Json.Length == 2 && content.Rooms is [var own] && own == Socket.Id)
            {
                // As it was created.
                return SessionOutcome.Done;
            }

            var saved = await _link.SaveAsync(_privateId, _generation, ++_revision, content.Rooms, SessionDataFormat.Write(content.Data), phase == Phase.Away).ConfigureAwait(false);
            _writtenAt = _now();
            return saved.Outcome;
        }
        catch (Exception)
        {
            return SessionOutcome.Unavailable;
        }
    }

    private void Over()
    {
        lock (_gate)
        {
            Settle(Phase.Over);
        }

        _onOver(this);
    }

    // It changes no more: what is known of it now is the last, null if it has ended.
    private void Settle(Phase phase)
    {
        if (_phase < Phase.Claimed)
        {
            _last = _phase == Phase.Ended ? null : _last ?? _read();
        }

        _phase = phase > _phase ? phase : _phase;
    }
}
