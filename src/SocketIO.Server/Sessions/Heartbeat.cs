namespace SocketIO.Server;

/// <summary>Keeps a session alive, and notices that its client has gone.</summary>
internal abstract class Heartbeat(EngineConnection connection) : TimerEntry
{
    private long _since = connection.Engine.Time.GetTimestamp();

    /// <summary>Whether the client is overdue, even where the wheel has not come round to it yet.</summary>
    public bool IsExpired => Remaining < TimeSpan.Zero && !connection.IsReadingPaused;

    protected EngineConnection Connection => connection;

    protected EngineOptions Options => connection.Engine.Options;

    /// <summary>How long the client may go on in silence.</summary>
    protected abstract TimeSpan Remaining { get; }

    /// <summary>How long ago the client was last heard of, as far as that counts.</summary>
    protected TimeSpan Silence => connection.Engine.Time.GetElapsedTime(Volatile.Read(ref _since));

    public abstract void Start();

    public void Stop() => connection.Engine.Timers.Cancel(this);

    /// <summary>A packet of any type has arrived. Sessions of the current generation do not call it.</summary>
    public virtual void OnPacket()
    {
    }

    /// <summary>The client has sent a ping.</summary>
    public abstract void OnPing();

    /// <summary>The client has sent a pong, or would have, had it been read.</summary>
    public abstract void OnPong();

    /// <summary>The client has come back by another transport.</summary>
    public virtual void OnAttached()
    {
    }

    /// <summary>Nothing is read from the client from now on.</summary>
    public virtual void OnPaused()
    {
    }

    protected void Renew() => Volatile.Write(ref _since, connection.Engine.Time.GetTimestamp());

    // Not here: handlers of a client that has gone must not keep the timers of the others waiting.
    protected void End() => connection.EndElsewhere(CloseReasons.PingTimeout, null, abort: false);
}
