// What those who wait for a roster are told.
namespace SocketIO.Cluster;

/// <summary>Counts what waits, and ends it: with an outcome, with a page, or, after too many failures, without.</summary>
internal sealed class RosterReplies(RosterOptions options)
{
    /// <summary>Changes and readings that wait.</summary>
    public int Pending { get; private set; }

    /// <summary>One more waits.</summary>
    /// <returns><see langword="false"/>: too many do already.</returns>
    public bool TryBegin()
    {
        if (Pending >= options.MaxPending)
        {
            return false;
        }

        Pending++;
        return true;
    }

    public void Answer(in RosterWaitingChange change, RosterOutcome outcome, List<RosterOutput> outputs)
    {
        Pending--;
        if (change.Request is { } request)
        {
            outputs.Add(new RosterOutput.Reply(request, change.Entry.Member, change.Entry.Version, outcome));
        }
    }

    public void Answer(RosterReading reading, List<RosterOutput> outputs)
    {
        Pending--;
        if (reading.Audit)
        {
            foreach (var member in reading.Found)
            {
                outputs.Add(new RosterOutput.Question(member.Member, member.Version));
            }
        }

        outputs.Add(new RosterOutput.Page(reading.Request, reading.Found, reading.Next, Complete: true));
    }

    /// <summary>An operation's outcome is unknown: all is read again after a pause.</summary>
    public void Failed(RosterShard shard, TimeSpan now, List<RosterOutput> outputs)
    {
        shard.RetryAt = now + options.RetryDelay;
        ReadAgain(shard, outputs);
    }

    /// <summary>Another one has written: all is read again, but not forever.</summary>
    public void ReadAgain(RosterShard shard, List<RosterOutput> outputs)
    {
        shard.Forget();
        if (++shard.Attempts >= options.MaxAttempts)
        {
            GiveUp(shard, outputs);
        }
    }

    /// <summary>Whoever waits for a shard is told that it can't be had.</summary>
    public void GiveUp(RosterShard shard, List<RosterOutput> outputs)
    {
        shard.Forget();
        shard.Attempts = 0;
        shard.MergeIsDue = false;
        foreach (var change in shard.TakeChanges())
        {
            Answer(change, RosterOutcome.Unavailable, outputs);
        }

        foreach (var reading in shard.TakeReadings())
        {
            Pending--;
            outputs.Add(new RosterOutput.Page(reading.Request, [], reading.Cursor, Complete: false));
        }
    }
}
