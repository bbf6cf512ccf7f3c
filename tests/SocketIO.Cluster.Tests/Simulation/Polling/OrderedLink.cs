namespace SocketIO.Cluster.Tests;

/// <summary>
/// From one life of a gateway to another's: messages arrive in their order, as long as both live, because what is not acknowledged is sent again; some arrive
/// repeatedly. Below, the network loses, repeats, delays and reorders.
/// </summary>
internal sealed class OrderedLink(PollingWorld world, PollingGateway from, PollingGateway to)
{
    private readonly List<Action> _messages = [];
    private int _acknowledged;
    private int _expected;
    private bool _isWaiting;

    public void Send(Action arrive)
    {
        _messages.Add(arrive);
        Transmit(_messages.Count - 1);
        if (!_isWaiting && world.Fault != PollingFault.LinkLosesMessages)
        {
            _isWaiting = true;
            world.Network.After(100, SendAgain);
        }
    }

    private void SendAgain()
    {
        _isWaiting = _acknowledged < _messages.Count && from.IsRunning && to.IsRunning;
        if (!_isWaiting)
        {
            return;
        }

        for (var number = _acknowledged; number < _messages.Count; number++)
        {
            Transmit(number);
        }

        world.Network.After(100, SendAgain);
    }

    private void Transmit(int number) => world.Network.Send(from.Machine, to.Machine, () =>
    {
        if (!to.IsRunning || to.Dead.Contains(from.Id))
        {
            return;
        }

        var isNext = number == _expected || world.Fault is PollingFault.LinkLosesMessages or PollingFault.LinkTurnsMessagesRound;
        if (isNext || (number < _expected && world.Random.Next(2) == 0))
        {
            _expected = Math.Max(_expected, number + 1);
            _messages[number]();
        }

        var expected = _expected;
        world.Network.Send(to.Machine, from.Machine, () => _acknowledged = Math.Max(_acknowledged, expected));
    });
}
