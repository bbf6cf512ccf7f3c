namespace SocketIO.Cluster.Tests;

/// <summary>One life of a gateway: what it believes to own of the session.</summary>
internal sealed class SessionGateway(SessionWorld world, int machine, GatewayId id)
{
    private SessionTruth? _truth;
    private long _revision;

    public int Machine { get; } = machine;

    public GatewayId Id { get; } = id;

    public bool IsRunning { get; private set; } = true;

    /// <summary>The generation that it owns; 0: none.</summary>
    public ulong Generation { get; private set; }

    /// <summary>Whether the client is connected here, as far as this gateway knows.</summary>
    public bool HasClient { get; private set; }

    public void Stop()
    {
        IsRunning = false;
        Drop();
    }

    public bool Owns(SessionTruth truth) => _truth == truth && Generation > 0;

    /// <summary>A creation or a claim was answered.</summary>
    public void Begin(SessionTruth truth, ulong generation, bool hasClient)
    {
        if (Owns(truth) && generation <= Generation)
        {
            return;
        }

        Drop();
        (_truth, Generation, HasClient) = (truth, generation, hasClient);
        _revision = 0;
        Save();
    }

    /// <summary>Its client's connection is gone, and it has noticed.</summary>
    public void Lose(SessionTruth truth, ulong generation)
    {
        if (Owns(truth) && Generation == generation && HasClient)
        {
            HasClient = false;
            Save();
        }
    }

    public void Evict(ulong generation)
    {
        if (generation >= Generation && world.Fault != SessionFault.EvictedOwnerGoesOn)
        {
            Drop();
        }
    }

    /// <summary>Stores what it has; that the client is away is said until it is stored.</summary>
    public void Save()
    {
        if (!IsRunning || _truth is not { } truth || Generation == 0)
        {
            return;
        }

        var (generation, revision, isAway) = (Generation, ++_revision, !HasClient);
        if (isAway)
        {
            truth.AwaySent(generation, world.Now);
        }

        var data = SessionTruth.Data(generation, revision);
        world.Ask(
            this,
            truth,
            (machine, request, now, outputs) => machine.Save(
                request,
                world.Fault == SessionFault.LateWritesAreTaken && truth.Stored() is { } stored ? stored.Generation : generation,
                world.Fault == SessionFault.RevisionsAreLost ? request : revision,
                SessionTruth.Rooms(data),
                data,
                isAway && world.Fault != SessionFault.AwayIsSavedAsConnected,
                now,
                outputs),
            reply => truth.SaveAnswered(reply.Outcome, generation, revision, isAway, world.Now),
            reply =>
            {
                if (generation != Generation || !Owns(truth))
                {
                    return;
                }

                if (reply.Outcome is SessionOutcome.Stale or SessionOutcome.Unknown)
                {
                    Evict(generation);
                }
                else if (isAway && reply.Outcome == SessionOutcome.Done)
                {
                    // The session is in good hands: nothing of it is kept here.
                    Drop();
                }
            },
            SessionFault.SaveIsAcknowledgedBeforeItsWrite);
        if (isAway)
        {
            // Again, until somebody has answered.
            world.After(400, Save);
        }
    }

    /// <summary>The client wants no more of the session.</summary>
    public void End()
    {
        if (!IsRunning || _truth is not { } truth || Generation == 0)
        {
            return;
        }

        truth.EndSent();
        var generation = Generation;
        world.Ask(
            this,
            truth,
            (machine, request, now, outputs) => machine.End(request, generation, now, outputs),
            reply => truth.EndAnswered(reply.Outcome),
            reply =>
            {
                if (Owns(truth) && Generation == generation && reply.Outcome != SessionOutcome.Unavailable)
                {
                    Drop();
                }
            },
            SessionFault.EndIsAcknowledgedBeforeItsWrite);
        world.After(400, End);
    }

    private void Drop()
    {
        if (Generation > 0)
        {
            var generation = Generation;
            (Generation, HasClient) = (0, false);
            world.Dropped(this, _truth!, generation);
        }
    }
}
