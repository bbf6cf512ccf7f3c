// Who takes part, and from which order: nobody is sent anything or heard before he was pulled and the epoch was read again after that.
namespace SocketIO.Cluster;

/// <summary>
/// Pulls every gateway. Those that live at the start are admitted together, with the order that they hold between them (<see cref="TakeOver"/>); later ones
/// each by itself, into the order as it stands.
/// </summary>
internal sealed class Admission(PartitionOptions options, long epoch, PartitionGateways gateways, PartitionRouter router, PartitionLog log, Sequencer sequencer, Settlement settlement)
{
    private bool _isStarted;
    private bool _isConfirming;

    /// <summary>Whether the take-over is done.</summary>
    public bool IsOver { get; private set; }

    /// <summary>What clients that come back may have missed before this epoch; <see langword="null"/>: nobody keeps such things, or it is too old to matter.</summary>
    public LogHistory? History { get; private set; }

    /// <summary>What the take-over has put together; the items themselves are in the log.</summary>
    public RestoredOrder Restored { get; private set; } = new([], [], 0, 0, false);

    /// <summary>The gateways of the take-over are all known.</summary>
    public void Start() => _isStarted = true;

    /// <summary>The log does not reach back to its beginning any more: what came before that is of no use.</summary>
    public void ForgetHistory() => History = null;

    /// <summary>A gateway's answer to the pull.</summary>
    /// <exception cref="BatchFormatException">It can't be read; nothing was done.</exception>
    public void Pulled(PullReply reply)
    {
        if (reply.Epoch != epoch || !gateways.TryGet(reply.Gateway, out var gateway) || gateway.Reply is not null)
        {
            return;
        }

        TakeOver.Validate(reply);
        gateway.Reply = reply;
    }

    /// <summary>Pulls a gateway that has not answered, if that is due.</summary>
    public void Pull(PartitionGateway gateway, TimeSpan now, List<PartitionOutput> outputs)
    {
        if (gateway.PulledAt is not { } pulledAt || now - pulledAt >= options.RetryAfter)
        {
            gateway.PulledAt = now;
            outputs.Add(new PartitionOutput(PartitionOutputKind.Pull, gateway.Id, epoch));
        }
    }

    /// <summary>Asks for the epoch once all are there that the take-over waits for, or whoever came later.</summary>
    public void Confirm(List<PartitionOutput> outputs)
    {
        if (!_isStarted || _isConfirming || !IsConfirmationDue())
        {
            return;
        }

        _isConfirming = true;
        foreach (var gateway in gateways)
        {
            gateway.IsConfirming = gateway.Reply is not null;
        }

        outputs.Add(new PartitionOutput(PartitionOutputKind.Confirm, default, epoch));
    }

    /// <summary>The epoch was read.</summary>
    /// <param name="isCurrent">Whether it is still this one.</param>
    public void Confirmed(bool isCurrent)
    {
        _isConfirming = false;
        if (!isCurrent)
        {
            return;
        }

        if (IsOver)
        {
            AdmitLate();
        }
        else if (AreAllConfirming())
        {
            Begin();
        }
    }

    private bool IsConfirmationDue()
    {
        foreach (var gateway in gateways)
        {
            if (IsOver ? gateway is { Reply: not null, IsAdmitted: false } : gateway.Reply is null)
            {
                return IsOver;
            }
        }

        return !IsOver;
    }

    private bool AreAllConfirming()
    {
        foreach (var gateway in gateways)
        {
            if (!gateway.IsConfirming)
            {
                return false;
            }
        }

        return true;
    }

    private void Begin()
    {
        IsOver = true;
        var replies = new List<PullReply>();
        foreach (var gateway in gateways)
        {
            replies.Add(gateway.Reply!);
        }

        var restored = TakeOver.Merge(replies);
        var merged = restored.Entries;
        Restored = restored with { Entries = [] };
        History = restored.FollowsHistory && replies.Exists(static reply => reply.KeepsHistory) ? new LogHistory(replies, merged) : null;
        foreach (var gateway in gateways)
        {
            Admit(gateway, 0, merged.Count);
            gateway.Expected += new PublishBatchReader(gateway.Reply!.Retained.Span).Count;
            // Accepted is what stands in front of the order, whether it was delivered or counts as lost.
            gateway.Accepted = gateway.Expected - 1;
        }

        var forgotten = replies.SelectMany(reply => reply.Forgotten).ToLookup(number => number.Key, number => number.Value);
        foreach (var entry in merged)
        {
            if (gateways.TryGet(entry.Publisher, out var publisher))
            {
                var settled = Math.Max(publisher.Cursor.AckedAccepted, forgotten[publisher.Id].DefaultIfEmpty().Max());
                publisher.Accepted = Math.Min(publisher.Accepted, Math.Max(settled, entry.Number - 1));
            }

            sequencer.Restore(entry);
        }

        foreach (var gateway in gateways)
        {
            gateway.Reply = gateway.Reply!.WithoutContent();
        }
    }

    private void AdmitLate()
    {
        foreach (var gateway in gateways)
        {
            if (gateway is not { IsConfirming: true, IsAdmitted: false })
            {
                continue;
            }

            // It gets what is not stable, as everybody else holds it: were it the only one to remember this epoch, it would have to know the order.
            Admit(gateway, settlement.Stable, log.Head);
            gateway.Cursor.LastRouted = log.Head;
            // It was not part of the take-over: what others have seen behind its back can't be put in order for it any more.
            gateway.Cursor.IsLost = TakeOver.EpochOf(gateway.Reply!) > 0;
            var retained = new PublishBatchReader(gateway.Reply!.Retained.Span);
            while (retained.TryReadItem(out var item))
            {
                sequencer.Sequence(gateway, gateway.Reply.Retained[item]);
            }

            gateway.Reply = gateway.Reply.WithoutContent();
        }
    }

    private void Admit(PartitionGateway gateway, long after, long through)
    {
        gateway.IsAdmitted = true;
        gateway.Expected = new PublishBatchReader(gateway.Reply!.Retained.Span).First;
        gateway.Accepted = gateway.Expected - 1;
        gateway.Cursor.Install(after, through, gateway.Accepted);
        router.Add(gateway, gateway.Reply.Rooms, gateway.Reply.KeepsHistory);
    }
}
