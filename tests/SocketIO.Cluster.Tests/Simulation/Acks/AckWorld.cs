using static SocketIO.Cluster.Tests.BrokenPromiseException;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// Gateways that broadcast with acknowledgement, and clients that answer or do not: messages are lost, repeated, late and out of order, gateways die, come
/// back or are declared dead while they live, everybody hears of it at another time, and no two clocks agree.
/// </summary>
internal sealed class AckWorld
{
    private const int MaxPending = 6;

    private readonly Random _random;
    private readonly SimulatedNetwork _network;
    private readonly AckFault _fault;
    private readonly AckCollectorOptions _options;
    private readonly int _machines;
    private readonly List<AckGateway> _gateways = [];
    private readonly List<AckGateway> _processes = [];
    private readonly List<AckGateway> _routed = [];
    private readonly List<AckQuestion> _questions = [];
    private long _incarnations;
    private long _lastQuestion;

    public AckWorld(int seed, AckFault fault)
    {
        _random = new Random(seed);
        _network = new SimulatedNetwork(_random);
        _fault = fault;
        _machines = 2 + _random.Next(4);
        _options = new AckCollectorOptions
        {
            MaxPending = fault == AckFault.RequestsHaveNoBound ? 1_000 : MaxPending,
            MaxAnswers = _random.Next(4) == 0 ? 6 : 1_000,
            MaxDeadGateways = fault == AckFault.DeadGatewaysAreForgotten ? 0 : 100,
        };
    }

    /// <exception cref="BrokenPromiseException">One of the promises did not hold.</exception>
    public void Run()
    {
        for (var machine = 0; machine < _machines; machine++)
        {
            Start(machine);
        }

        _network.LossPercent = _random.Next(3) * 4;
        _network.DuplicationPercent = _random.Next(3) * 10;
        _network.MaxDelay = 1 + _random.Next(120);
        for (var steps = 20 + _random.Next(40); steps > 0; steps--)
        {
            Step();
            Pass(_random.Next(60));
        }

        _network.Heal();
        for (var rest = 0; rest < 20; rest++)
        {
            Pass(200);
        }

        Require(_processes.TrueForAll(gateway => gateway.Collector.Pending == 0), Promise.AcksAreGrainCallbacks, "a request never ends.");
    }

    private void Step()
    {
        var gateway = _gateways[_random.Next(_gateways.Count)];
        switch (_random.Next(40))
        {
            case < 30:
                Ask(gateway);
                break;
            case < 33:
                gateway.IsRunning = false;
                Bury(gateway);
                var again = _fault == AckFault.RestartKeepsItsIncarnation ? gateway.Id : (GatewayId?)null;
                _network.After(_random.Next(100), () => Start(gateway.Machine, again));
                break;
            case 33:
                // Declared dead, and alive for a while.
                Bury(gateway);
                _network.After(_random.Next(200), () =>
                {
                    gateway.IsRunning = false;
                    Start(gateway.Machine);
                });
                break;
            case < 36:
                _network.Toggle(_random.Next(_machines), _random.Next(_machines));
                break;
        }
    }

    private void Pass(int milliseconds)
    {
        _network.RunUntil(_network.Milliseconds + milliseconds);
        _processes.RemoveAll(gateway => !gateway.IsRunning);
        foreach (var gateway in _processes)
        {
            if (_fault != AckFault.TimeDoesNotPass)
            {
                Do(gateway, (collector, results) => collector.Advance(_fault == AckFault.TimeRunsOnAnotherClock ? _network.Now : NowAt(gateway), results));
            }

            Require(gateway.Collector.Pending <= MaxPending, Promise.Bounded, "more requests wait than the bound.");
        }

        foreach (var question in _questions)
        {
            if (question.Asker.IsRunning)
            {
                question.Check(NowAt(question.Asker));
            }
        }

        _questions.RemoveAll(question => question.IsOver || !question.Asker.IsRunning);
    }

    private TimeSpan NowAt(AckGateway gateway) => gateway.Clock.At(_network.Now);

    private void Start(int machine, GatewayId? same = null)
    {
        var clock = new SimulatedClock(TimeSpan.FromMilliseconds(_random.Next(10_000)), _random.Next(80, 126));
        var gateway = new AckGateway(machine, same ?? new GatewayId((++_incarnations * 16) + machine), clock, _options);
        _gateways.Add(gateway);
        _processes.Add(gateway);
        _routed.Add(gateway);
    }

    /// <summary>Membership tells each gateway at another time.</summary>
    private void Bury(AckGateway dead)
    {
        _gateways.Remove(dead);
        _network.After(_random.Next(400), () => _routed.Remove(dead));
        if (_gateways.Count == 0)
        {
            Start(dead.Machine);
        }

        foreach (var gateway in _processes.Where(gateway => gateway.IsRunning))
        {
            _network.After(_random.Next(400), () =>
            {
                gateway.Dead.Add(dead.Id);
                if (_fault != AckFault.GatewayDeathIsNotTold)
                {
                    var told = _fault == AckFault.LivingGatewayIsToldDead ? _gateways[_random.Next(_gateways.Count)] : dead;
                    Do(gateway, (collector, results) => collector.OnGatewayDead(told.Id, results));
                }
            });
        }
    }

    private void Ask(AckGateway asker)
    {
        var timeout = TimeSpan.FromMilliseconds(100 + _random.Next(2_000));
        var question = new AckQuestion(asker, ++_lastQuestion, NowAt(asker) + timeout, _options);
        var request = ++asker.LastRequest;
        if (_fault == AckFault.RequestNumbersRepeat)
        {
            for (request = 1; asker.Questions.TryGetValue(request, out var known) && !known.IsOver; request++)
            {
            }
        }

        asker.Questions[request] = question;
        Do(asker, (collector, results) => collector.Start(request, timeout, NowAt(asker), results));
        if (question.IsOver)
        {
            return;
        }

        _questions.Add(question);
        // Whoever routes it hears of a death at its own time: the dead may be among those that it names.
        var routed = _routed.ToArray();
        _network.After(_random.Next(60), () =>
        {
            Send(asker.Machine, asker, receiver =>
            {
                question.Expected(routed.Select(gateway => gateway.Id));
                receiver.IsTold.Add(request);
                if (_fault != AckFault.NobodyIsExpected)
                {
                    var named = _fault == AckFault.AGatewayIsNotExpected ? routed.Skip(1) : routed;
                    Do(receiver, (collector, results) => collector.Expect(request, [.. named.Select(gateway => gateway.Id)], results));
                }
            });
            foreach (var gateway in routed)
            {
                Send(asker.Machine, gateway, receiver => Deliver(question, request, receiver));
            }
        });
    }

    private void Deliver(AckQuestion question, long request, AckGateway gateway)
    {
        var clients = _random.Next(4);
        if (!question.Ask(gateway.Id, clients))
        {
            return;
        }

        var told = _fault switch
        {
            AckFault.CountIsTooLow => Math.Max(0, clients - 1),
            AckFault.CountIsTooHigh => clients + 1,
            _ => clients,
        };
        Send(gateway.Machine, question.Asker, asker =>
        {
            question.Counted(gateway.Id);
            Do(asker, (collector, results) => collector.OnCount(request, gateway.Id, told, results));
        });
        for (var client = 0; client < clients; client++)
        {
            var number = client;
            if (_random.Next(12) > 0)
            {
                _network.After(_random.Next(300), () => Answer(question, request, gateway, number));
            }
        }
    }

    private void Answer(AckQuestion question, long request, AckGateway gateway, int client)
    {
        if (!gateway.IsRunning)
        {
            return;
        }

        Send(gateway.Machine, question.Asker, asker =>
        {
            question.Answered(gateway.Id, client);
            if (_fault == AckFault.EarlyAnswersAreDropped && !asker.IsTold.Contains(request))
            {
                return;
            }

            var number = _fault == AckFault.AnswersAreRenumbered ? asker.Renumber(request, gateway.Id) : client;
            Do(asker, (collector, results) => collector.OnAnswer(request, gateway.Id, number, BitConverter.GetBytes(question.Answer(gateway.Id, client)), results));
        });
    }

    /// <summary>To one life of a gateway; another one may have taken its name.</summary>
    private void Send(int from, AckGateway to, Action<AckGateway> arrive) => _network.Send(from, to.Machine, () =>
    {
        var receiver = to.IsRunning ? to : _gateways.Find(gateway => gateway.Id == to.Id);
        if (receiver is not null)
        {
            arrive(receiver);
        }
    });

    private void Do(AckGateway gateway, Action<AckCollector, List<AckResult>> act)
    {
        if (!gateway.IsRunning)
        {
            return;
        }

        var results = new List<AckResult>();
        act(gateway.Collector, results);
        foreach (var result in results)
        {
            gateway.Questions[result.Request].Ended(result, NowAt(gateway));
        }
    }
}
