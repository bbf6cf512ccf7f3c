namespace SocketIO.Cluster.Tests;

/// <summary>
/// From one life of a gateway to another's: messages arrive in their order, as long as both live, because what is not acknowledged is sent again. Some are taken
/// repeatedly all the same, which the rules above have to bear. Below, the network loses, repeats, delays and reorders.
/// </summary>
internal sealed class OrderedLink
{
    private readonly PollingWorld _world;
    private readonly PollingGateway _from;
    private readonly PollingGateway _to;
    private readonly List<Action> _messages = [];
    private readonly List<PeerFrame> _frames = [];
    private readonly PeerChannel _sender;
    private readonly PeerChannel _receiver;
    private long _acknowledged;
    private long _taken;
    private bool _isTicking;

    public OrderedLink(PollingWorld world, PollingGateway from, PollingGateway to)
    {
        (_world, _from, _to) = (world, from, to);
        _sender = new PeerChannel(from.Id, long.MaxValue, TimeSpan.FromMilliseconds(100));
        _receiver = new PeerChannel(to.Id, long.MaxValue, TimeSpan.FromMilliseconds(100));
    }

    /// <summary>Whether everything has arrived, or never will.</summary>
    public bool IsIdle => _acknowledged >= _messages.Count || !_from.IsRunning || !_to.IsRunning || _to.Dead.Contains(_from.Id);

    public void Send(Action arrive)
    {
        _messages.Add(arrive);
        _sender.Send(default, _world.Network.Now, _frames);
        Transmit();
        if (!_isTicking && _world.Fault != PollingFault.LinkLosesMessages)
        {
            _isTicking = true;
            _world.Network.After(50, Tick);
        }
    }

    private void Tick()
    {
        _isTicking = _acknowledged < _messages.Count && _from.IsRunning && _to.IsRunning;
        if (_isTicking)
        {
            _sender.Advance(_world.Network.Now, _frames);
            Transmit();
            _receiver.Advance(_world.Network.Now, _frames);
            Acknowledge();
            _world.Network.After(50, Tick);
        }
    }

    private void Transmit()
    {
        foreach (var frame in _frames)
        {
            _world.Network.Send(_from.Machine, _to.Machine, () => Arrive(frame));
        }

        _frames.Clear();
    }

    private void Arrive(PeerFrame frame)
    {
        if (!_to.IsRunning || _to.Dead.Contains(_from.Id))
        {
            return;
        }

        var isNext = _receiver.OnFrame(frame, _world.Network.Now, _frames);
        Acknowledge();
        var isAnyway = _world.Fault is PollingFault.LinkLosesMessages or PollingFault.LinkTurnsMessagesRound;
        if (frame.Number > 0 && (isNext || isAnyway || (frame.Number <= _taken && _world.Random.Next(2) == 0)))
        {
            _taken = Math.Max(_taken, frame.Number);
            _messages[(int)frame.Number - 1]();
        }
    }

    private void Acknowledge()
    {
        foreach (var frame in _frames)
        {
            _world.Network.Send(_to.Machine, _from.Machine, () =>
            {
                _acknowledged = Math.Max(_acknowledged, frame.Acknowledged);
                _sender.OnFrame(frame, _world.Network.Now, _frames);
            });
        }

        _frames.Clear();
    }
}
