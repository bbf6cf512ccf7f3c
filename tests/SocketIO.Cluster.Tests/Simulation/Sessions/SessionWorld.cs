using static SocketIO.Cluster.Tests.BrokenPromiseException;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// A client whose connection breaks again and again, the gateways that it comes back to, and the machines of its session: messages are lost, repeated,
/// late and out of order, processes die or live on after they were replaced, storage throws or leaves open what it did, and no two clocks agree.
/// </summary>
internal sealed class SessionWorld
{
    public const int MaxPending = 6;

    private static readonly TimeSpan Origin = TimeSpan.FromDays(20_000);

    private readonly Random _random;
    private readonly SimulatedNetwork _network;
    private readonly SimulatedStore _store = new();
    private readonly SessionOptions _options;
    private readonly int _machines;
    private readonly List<SimulatedSession> _hosts = [];
    private readonly List<SessionGateway> _gateways = [];
    private SessionTruth _truth;
    private SimulatedSession? _current;
    private (SessionGateway Gateway, ulong Generation)? _connection;
    private long _lastRequest;
    private long _lastClaim;
    private long _lastSession;
    private long _incarnations;
    private long _attempt;
    private bool _isBorn;
    private bool _isCalm;

    public SessionWorld(int seed, SessionFault fault)
    {
        _random = new Random(seed);
        _network = new SimulatedNetwork(_random);
        Fault = fault;
        _machines = 2 + _random.Next(3);
        _store.IgnoresETags = fault == SessionFault.StoreIgnoresETags;
        _options = new SessionOptions
        {
            MaxDisconnectionDuration = TimeSpan.FromSeconds(5),
            MaxPending = fault == SessionFault.RequestsHaveNoBound ? 1_000 : MaxPending,
            RequestTimeout = TimeSpan.FromSeconds(2),
            RetryDelay = TimeSpan.FromMilliseconds(50),
        };
        _truth = NextTruth();
    }

    public SessionFault Fault { get; }

    public TimeSpan Now => _network.Now;

    /// <exception cref="BrokenPromiseException">One of the promises did not hold.</exception>
    public void Run()
    {
        for (var machine = 0; machine < _machines; machine++)
        {
            StartGateway(machine);
        }

        _network.LossPercent = _random.Next(3) * 8;
        _network.DuplicationPercent = _random.Next(3) * 8;
        _network.MaxDelay = 1 + _random.Next(150);
        Create();
        for (var steps = 40 + _random.Next(80); steps > 0; steps--)
        {
            Step();
            Pass(_random.Next(120));
        }

        Rest();
    }

    public SimulatedClock Clock() => Fault == SessionFault.ClocksHaveDifferentOrigins
        ? new SimulatedClock(TimeSpan.FromDays(1 + _random.Next(100)), 100)
        : new SimulatedClock(Origin + TimeSpan.FromMilliseconds(_random.Next(-200, 201)), _random.Next(98, 103));

    public void After(int milliseconds, Action action) => _network.After(milliseconds, action);

    /// <summary>Sends a request to the session's machine, or to one that it has replaced; each copy that arrives is a request of its own.</summary>
    public void Ask(
        SessionGateway from,
        SessionTruth truth,
        Action<SessionMachine, long, TimeSpan, List<SessionOutput>> call,
        Action<SessionOutput.Reply> given,
        Action<SessionOutput.Reply> arrived,
        SessionFault answersTooEarly = SessionFault.None)
    {
        var host = HostOf(truth);
        _network.Send(from.Machine, host.Location, () =>
        {
            if (!host.IsAlive)
            {
                return;
            }

            var request = ++_lastRequest;
            host.Ask(request, (machine, now, outputs) => call(machine, request, now, outputs), reply =>
            {
                given(reply);
                _network.Send(host.Location, from.Machine, () =>
                {
                    if (from.IsRunning)
                    {
                        arrived(reply);
                    }
                });
            });
            if (Fault != SessionFault.None && Fault == answersTooEarly)
            {
                host.AnswerWrongly(request, SessionOutcome.Done);
            }
        });
    }

    /// <summary>A storage operation: it may fail, or be answered as unknown and have happened, or happen later.</summary>
    public void Operate(SimulatedSession host, StorageRequest request, Action<StorageResult> answer)
    {
        void Apply(Action<StorageResult> then)
        {
            var result = _store.Apply(request);
            if (result.Outcome == StorageOutcome.Done && request.Operation == StorageOperation.Store)
            {
                Spoil(request.Key);
                host.Truth.CheckStored();
            }

            then(result);
        }

        void Tell(StorageResult result) => answer((Fault, result.Outcome) switch
        {
            (SessionFault.UnknownTakenForDone, StorageOutcome.Unknown) or (SessionFault.ConflictTakenForDone, StorageOutcome.Conflict) => result with { Outcome = StorageOutcome.Done },
            _ => result,
        });

        var unknown = new StorageResult(request.Id, StorageOutcome.Unknown);
        _network.After(1 + _random.Next(20), () =>
        {
            switch (_isCalm ? 9 : _random.Next(16))
            {
                case 0:
                    _network.After(_random.Next(100), () => Tell(unknown));
                    break;
                case 1:
                    Apply(_ => _network.After(_random.Next(100), () => Tell(unknown)));
                    break;
                case 2:
                    _network.After(_random.Next(600), () => Apply(_ => { }));
                    _network.After(_random.Next(100), () => Tell(unknown));
                    break;
                default:
                    Apply(result => _network.After(_random.Next(20), () => Tell(result)));
                    break;
            }
        });
    }

    /// <summary>A gateway has closed what it had of the session: a client that was connected there is away.</summary>
    public void Dropped(SessionGateway gateway, SessionTruth truth, ulong generation)
    {
        if (_connection == (gateway, generation) && truth == _truth)
        {
            _connection = null;
        }
    }

    private void Step()
    {
        switch (_random.Next(100))
        {
            case < 22:
                _connection?.Gateway.Save();
                break;
            case < 37:
                Break();
                break;
            case < 60:
                ComeBack();
                break;
            case < 65:
                Kill(_gateways[_random.Next(_gateways.Count)]);
                break;
            case < 70:
                Replace();
                break;
            case < 73:
                End();
                break;
            case < 77:
                Intrude();
                break;
            case < 82:
                _network.Toggle(_random.Next(_machines), _random.Next(_machines));
                break;
            case < 87:
                Pass(_random.Next(9_000));
                break;
        }
    }

    private void Pass(int milliseconds)
    {
        for (; milliseconds >= 0; milliseconds -= 500)
        {
            _network.RunUntil(_network.Milliseconds + Math.Min(milliseconds, 500));
            foreach (var host in _hosts.ToArray())
            {
                host.Advance();
            }
        }
    }

    private SessionTruth NextTruth() => new(_store, _options, $"session{++_lastSession}");

    private SimulatedSession HostOf(SessionTruth truth)
    {
        // Sometimes a message still reaches one that was replaced.
        var replaced = _hosts.FindAll(host => host.Truth == truth && host != _current);
        if (replaced.Count > 0 && !_isCalm && _random.Next(3) == 0)
        {
            return replaced[_random.Next(replaced.Count)];
        }

        if (_current is not { IsAlive: true } || _current.Truth != truth)
        {
            _current = new SimulatedSession(this, truth, _random.Next(_machines), new SessionMachine(truth.PrivateId, _options));
            _hosts.Add(_current);
        }

        return _current;
    }

    private long Claim() => Fault == SessionFault.ClaimNumbersRepeat ? 1 : ++_lastClaim;

    /// <summary>The client begins anew, with a session that nobody has seen.</summary>
    private void Create()
    {
        _connection = null;
        _isBorn = false;
        var truth = _truth = NextTruth();
        var claim = Claim();
        var gateway = _gateways[_random.Next(_gateways.Count)];
        Attempt();

        void Attempt()
        {
            if (_isBorn || truth != _truth)
            {
                return;
            }

            if (!gateway.IsRunning)
            {
                Create();
                return;
            }

            Ask(
                gateway,
                truth,
                (machine, request, now, outputs) => machine.Create(request, claim, gateway.Id, "id", "zoë", now, outputs),
                reply =>
                {
                    if (reply.Outcome == SessionOutcome.Done)
                    {
                        truth.Owned(1, claim);
                    }
                },
                reply =>
                {
                    if (reply.Outcome == SessionOutcome.Done && !_isBorn && truth == _truth)
                    {
                        _isBorn = true;
                        _connection = (gateway, 1);
                        gateway.Begin(truth, 1, hasClient: true);
                        if (!_isCalm && _random.Next(6) == 0)
                        {
                            _network.After(_random.Next(200), End);
                        }
                    }
                });
            _network.After(1_000, Attempt);
        }
    }

    /// <summary>The client's connection breaks; its gateway notices later.</summary>
    private void Break()
    {
        if (_connection is not { } connection)
        {
            return;
        }

        var truth = _truth;
        _connection = null;
        _network.After(_random.Next(800), () => connection.Gateway.Lose(truth, connection.Generation));
    }

    private void ComeBack()
    {
        if (_connection is not null || !_isBorn)
        {
            return;
        }

        var gateway = _gateways[_random.Next(_gateways.Count)];
        var (truth, claim, attempt) = (_truth, Claim(), ++_attempt);
        var expected = truth.Expect(Now);
        var isAnswered = false;
        Ask(
            gateway,
            truth,
            (machine, request, now, outputs) => machine.Claim(request, claim, gateway.Id, "zoë", now, outputs),
            reply =>
            {
                expected(reply, Now);
                if (reply is { Outcome: SessionOutcome.Done, State: { } state })
                {
                    truth.Owned(state.Generation, claim);
                }
            },
            reply =>
            {
                if (isAnswered)
                {
                    return;
                }

                isAnswered = true;
                if (reply is { Outcome: SessionOutcome.Done, State: { } state })
                {
                    // A client that tries elsewhere by now has gone.
                    var isThere = attempt == _attempt && _connection is null && truth == _truth;
                    Evict(gateway, truth, state);
                    gateway.Begin(truth, state.Generation, isThere);
                    if (isThere && gateway.Generation == state.Generation && gateway.HasClient)
                    {
                        _connection = (gateway, state.Generation);
                    }
                }
                else if (reply.Outcome == SessionOutcome.Unknown && truth == _truth && attempt == _attempt)
                {
                    Create();
                }
            });
    }

    /// <summary>Who has claimed a session tells the owner before.</summary>
    private void Evict(SessionGateway from, SessionTruth truth, SessionState state)
    {
        if (_gateways.Find(gateway => gateway.Id == state.PreviousOwner) is { } gateway)
        {
            _network.Send(from.Machine, gateway.Machine, () =>
            {
                if (gateway.Owns(truth))
                {
                    gateway.Evict(state.Generation - 1);
                }
            });
        }
    }

    private void Intrude()
    {
        if (!_isBorn)
        {
            return;
        }

        var gateway = _gateways[_random.Next(_gateways.Count)];
        var user = Fault == SessionFault.PrincipalIsNotCompared ? "zoë" : "eve";
        Ask(
            gateway,
            _truth,
            (machine, request, now, outputs) => machine.Claim(request, Claim(), gateway.Id, user, now, outputs),
            reply => Require(reply.Outcome != SessionOutcome.Done, Promise.RecoveryAnywhere, "another principal got the session."),
            _ => { });
    }

    private void End()
    {
        if (_connection is { } connection)
        {
            connection.Gateway.End();
        }
    }

    private void Kill(SessionGateway gateway)
    {
        gateway.Stop();
        _gateways.Remove(gateway);
        foreach (var host in _hosts.FindAll(host => host.Location == gateway.Machine))
        {
            host.IsAlive = false;
            _hosts.Remove(host);
        }

        // At once: what a request needs is that there is a gateway, not when it came back.
        StartGateway(gateway.Machine);
    }

    /// <summary>The session's machine dies, or is replaced and lives on.</summary>
    private void Replace()
    {
        if (_current is { } host && _random.Next(2) == 0)
        {
            host.IsAlive = false;
            _hosts.Remove(host);
        }

        _current = null;
    }

    private void StartGateway(int machine) => _gateways.Add(new SessionGateway(this, machine, new GatewayId((++_incarnations * 16) + machine)));

    /// <summary>A host that goes wrong with what it has stored.</summary>
    private void Spoil(string key)
    {
        if (Fault == SessionFault.EndedSessionIsForgotten && SessionState.Read(_store.Read(key)).IsOver)
        {
            _store.Apply(new StorageRequest(0, StorageOperation.Clear, key, null, default));
        }
    }

    /// <summary>Everything heals; the client comes back once more, and one gateway owns what it then has.</summary>
    private void Rest()
    {
        _isCalm = true;
        _network.Heal();
        foreach (var host in _hosts)
        {
            host.IsAlive = false;
        }

        _hosts.Clear();
        Break();
        // Longer than any request waits that is still on its way.
        Pass(3_000);
        for (var round = 0; round < 10 && _connection is null; round++)
        {
            ComeBack();
            Pass(1_500);
        }

        Require(_connection is not null, Promise.RecoveryAnywhere, "the client gets no session, neither its own nor a fresh one.");
        foreach (var gateway in _gateways)
        {
            gateway.Save();
        }

        Pass(1_000);
        var owners = _gateways.FindAll(gateway => gateway.Owns(_truth));
        Require(owners.Count == 1, Promise.RecoveryAnywhere, $"{owners.Count} gateways believe to own the session.");
        Require(_truth.Stored() is { } state && state.Owner == owners[0].Id && state.Generation == owners[0].Generation, Promise.RecoveryAnywhere, "the owner is not the stored one.");
    }
}
