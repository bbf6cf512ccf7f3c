// A server's place in the cluster: its end of every partition, its requests, and the one timer that looks after them.
using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>One gateway. The link gives it what arrives; the server has its adapters from it. Thread-safe.</summary>
internal sealed partial class ClusterGateway : IDisposable
{
    /// <summary>Connections per second that a stopping gateway closes, as the others have to take them.</summary>
    private const int DefaultDrainRate = 1000;

    private readonly ConcurrentDictionary<PartitionKey, PartitionChannel> _channels = new();
    private readonly IClusterLink _link;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _timer;
    private readonly AbsentNamespace _absent;

    /// <param name="link">The way to partitions and gateways.</param>
    /// <param name="sessions">The way to sessions; <see langword="null"/>: none can be recovered.</param>
    /// <param name="ids">Makes and checks the ids by which clients are known.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Takes what goes wrong.</param>
    public ClusterGateway(IClusterLink link, ISessionLink? sessions, SessionIds ids, ClusterOptions options, TimeProvider time, ILogger logger)
    {
        _link = link;
        Sessions = sessions is null ? null : new ClusterSessions(this, sessions);
        _logger = logger;
        _time = time;
        _start = time.GetTimestamp();
        Options = options;
        Ids = ids;
        _absent = new AbsentNamespace(this);
        Relay = new SessionRelay(link, ids, options, () => Now, logger);
        Requests = new ClusterRequests(options.Acks, () => Now);
        _timer = time.CreateTimer(static state => ((ClusterGateway)state!).Tick(), this, options.TickInterval, options.TickInterval);
    }

    public GatewayId Id => _link.Gateway;

    public ClusterOptions Options { get; }

    /// <summary>Makes and checks the ids by which clients are known.</summary>
    public SessionIds Ids { get; }

    /// <summary>What the process around has, for extensions of sockets.</summary>
    public IServiceProvider? Services { get; init; }

    /// <summary>What was asked of other gateways.</summary>
    public ClusterRequests Requests { get; }

    /// <summary>The connections of all gateways.</summary>
    public SessionRelay Relay { get; }

    /// <summary>The sessions of this gateway, where they can be recovered.</summary>
    public ClusterSessions? Sessions { get; }

    /// <summary>The most of each, of any partition.</summary>
    public ChannelLoad FullestChannel
    {
        get
        {
            var most = default(ChannelLoad);
            foreach (var (_, channel) in _channels)
            {
                var load = channel.Load;
                most = new ChannelLoad(
                    Math.Max(most.Unaccepted, load.Unaccepted),
                    Math.Max(most.UnacceptedBytes, load.UnacceptedBytes),
                    Math.Max(most.Kept, load.Kept),
                    Math.Max(most.KeptBytes, load.KeptBytes));
            }

            return most;
        }
    }

    /// <summary>How often a publication found no room.</summary>
    public long RefusedPublications => _channels.Values.Sum(static channel => channel.Refused);

    /// <summary>How often something was lost for good to this gateway, and its clients had to come anew.</summary>
    public long Losses => _channels.Values.Sum(static channel => channel.Lost);

    /// <summary>How many namespaces have an order that this gateway has heard of.</summary>
    public int Namespaces => _channels.Count / Options.Partitions;

    /// <summary>How many gateways live, this one included.</summary>
    public int Count => _link.Gateways.Count;

    /// <summary>The time since this gateway began.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>Makes a server a gateway of the cluster.</summary>
    public void Configure(SocketIOOptions options)
    {
        options.DrainRate ??= DefaultDrainRate;
        options.Adapter = CreateAdapter;
        options.Relay = Relay;
    }

    /// <summary>Connections that are still to be closed, once this gateway stops.</summary>
    public int Draining => Relay.Draining;

    /// <summary>This gateway stops: it takes no new clients from now on.</summary>
    public void BeginDrain() => Relay.BeginDrain();

    /// <summary>Makes the adapter of a namespace.</summary>
    /// <exception cref="ClusterUnavailableException">The cluster has too many namespaces.</exception>
    public ClusterAdapter CreateAdapter(Namespace ns)
    {
        if (ns.Server.Options.ConnectionStateRecovery is not null && (Options.Partitions > 1 || Sessions is null))
        {
            throw new InvalidOperationException("Connection state recovery needs one order for all rooms of a namespace (1 partition) and a place for sessions.");
        }

        return new ClusterAdapter(ns, this, GetChannels(ns.Name));
    }

    /// <summary>Publishes to a namespace on behalf of somebody outside, whether this gateway has it or not.</summary>
    /// <exception cref="ClusterUnavailableException">The cluster has too many namespaces.</exception>
    public ClusterPublisher CreatePublisher(string @namespace) => new(this, GetChannels(@namespace));

    /// <summary>A partition has sent something. What can't be read is logged and passed over: the sender sends it again, or nobody needs it.</summary>
    public void OnPartitionMessage(PartitionKey partition, ReadOnlyMemory<byte> message)
    {
        try
        {
            if (BatchFormat.TypeOf(message.Span) is BatchType.Answer or BatchType.AnswerCount)
            {
                OnGatewayMessage(GatewayMessage.Read(message));
            }
            else
            {
                GetChannel(partition).Receive(message);
            }
        }
        catch (BatchFormatException e)
        {
            Log.PartitionUnreadable(_logger, e, partition.Namespace, partition.Index);
        }
    }

    /// <summary>Another gateway has sent something; the same holds.</summary>
    public void OnGatewayMessage(ReadOnlyMemory<byte> message)
    {
        try
        {
            if (BatchFormat.TypeOf(message.Span) == BatchType.Peer)
            {
                Relay.Receive(message);
            }
            else
            {
                OnGatewayMessage(GatewayMessage.Read(message));
            }
        }
        catch (BatchFormatException e)
        {
            Log.GatewayUnreadable(_logger, e);
        }
    }

    /// <summary>A gateway was declared dead.</summary>
    public void OnGatewayDead(GatewayId gateway)
    {
        Requests.OnGatewayDead(gateway);
        Relay.OnGatewayDead(gateway);
    }

    /// <summary>Sends a part of an answer to whoever asked, who may be this gateway.</summary>
    public void Answer(GatewayId origin, in GatewayMessage message)
    {
        if (origin == Id)
        {
            OnGatewayMessage(message);
        }
        else
        {
            _link.SendToGateway(origin, message.Write());
        }
    }

    /// <summary>Completes when everybody has what was published in a namespace so far.</summary>
    public Task WhenPublishedAsync(string @namespace) =>
        Task.WhenAll(_channels.Where(channel => channel.Key.Namespace == @namespace).Select(static channel => channel.Value.WhenEmptyAsync()));

    /// <summary>Asks another gateway.</summary>
    /// <param name="gateway">Which; this one is asked as well.</param>
    /// <param name="type">What for.</param>
    /// <param name="payload">What goes with it.</param>
    /// <param name="timeout">For how long.</param>
    /// <returns>The answers, none where it is dead; <see langword="null"/>: it is silent.</returns>
    public async Task<IReadOnlyList<EventPayload>?> AskAsync(GatewayId gateway, BatchType type, EventPayload payload, TimeSpan timeout)
    {
        if (!_link.Gateways.Contains(gateway))
        {
            return [];
        }

        var answers = new List<EventPayload>();
        var number = Requests.Start(timeout, answers.Add, out var end);
        Requests.Expect(number, [gateway]);
        var message = new GatewayMessage(type, Id, number, 0, payload);
        if (gateway == Id)
        {
            OnGatewayMessage(message);
        }
        else
        {
            _link.SendToGateway(gateway, message.Write());
        }

        return (await end.ConfigureAwait(false)).Outcome == AckOutcome.Complete ? answers : null;
    }

    /// <summary>This gateway's answers to an item that was delivered to it. The publisher learns whose answers it has to wait for.</summary>
    public ClusterAnswers BeginAnswers(in SequencedItem item, RelayItemBody body)
    {
        if (body.Origin == Id && item.Audience is { } audience)
        {
            Requests.Expect(body.RequestId, audience);
        }

        return new ClusterAnswers(this, body.Origin, body.RequestId);
    }

    /// <summary>What went wrong with what another node asked for.</summary>
    public void LogFailure(Exception exception, string @namespace) => Log.ActionFailed(_logger, exception, @namespace);

    public void Dispose() => _timer.Dispose();

    // What other gateways have begun is not refused: they have their bound.
    private PartitionChannel[] GetChannels(string @namespace)
    {
        if (!_channels.ContainsKey(new PartitionKey(@namespace, 0)) && Namespaces >= Options.MaxNamespaces)
        {
            throw ClusterUnavailableException.TooManyNamespaces(Options.MaxNamespaces);
        }

        var channels = new PartitionChannel[Options.Partitions];
        for (var i = 0; i < channels.Length; i++)
        {
            channels[i] = GetChannel(new PartitionKey(@namespace, i));
        }

        return channels;
    }

    private PartitionChannel GetChannel(PartitionKey key) =>
        _channels.GetOrAdd(key, static (key, gateway) => new PartitionChannel(key, gateway._link, gateway.Options, gateway._absent, () => gateway.Now), this);

    private void OnGatewayMessage(in GatewayMessage message)
    {
        switch (message.Type)
        {
            case BatchType.AnswerCount:
                Requests.OnCount(message.Request, message.From, message.Number);
                break;
            case BatchType.Answer:
                Requests.OnAnswer(message.Request, message.From, message.Number, message.Payload);
                break;
            default:
                _ = EvictAsync(Encoding.UTF8.GetString(message.Payload.Json.Span), new ClusterAnswers(this, message.From, message.Request));
                break;
        }
    }

    private async Task EvictAsync(string privateId, ClusterAnswers answers)
    {
        EventPayload? content = null;
        try
        {
            content = Sessions is null ? null : await Sessions.EvictAsync(privateId).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.GatewayUnreadable(_logger, e);
        }

        answers.Announce(content is null ? 0 : 1);
        if (content is not null)
        {
            answers.Add(content);
        }
    }

    private void Tick()
    {
        foreach (var (_, channel) in _channels)
        {
            channel.Tick();
        }

        Requests.Tick();
        Relay.Tick();
        Sessions?.Tick();
    }

    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Error, "What partition {Partition} of namespace {Namespace} sent can't be read")]
        public static partial void PartitionUnreadable(ILogger logger, Exception exception, string @namespace, int partition);

        [LoggerMessage(61, LogLevel.Error, "What another gateway sent can't be read")]
        public static partial void GatewayUnreadable(ILogger logger, Exception exception);

        [LoggerMessage(62, LogLevel.Error, "What another node asked for in namespace {Namespace} has failed")]
        public static partial void ActionFailed(ILogger logger, Exception exception, string @namespace);
    }
}
