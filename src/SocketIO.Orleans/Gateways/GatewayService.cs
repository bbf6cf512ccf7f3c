// The ears of a gateway: what partitions and other gateways send arrives here.
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Gives what arrives at this silo to its gateway.</summary>
[Reentrant]
internal sealed partial class GatewayService : GrainService, IGatewayService, IGatewayListener
{
    private readonly ClusterGateway _gateway;
    private readonly GatewayMembership _membership;
    private readonly ILogger _logger;

    public GatewayService(GrainId id, Silo silo, ILoggerFactory loggers, ClusterGateway gateway, GatewayMembership membership)
        : base(id, silo, loggers)
    {
        _gateway = gateway;
        _membership = membership;
        _logger = loggers.CreateLogger<GatewayService>();
    }

    /// <inheritdoc/>
    public override Task Start()
    {
        _membership.Subscribe(_ => this);
        return base.Start();
    }

    /// <inheritdoc/>
    public Task DeliverAsync(byte[] frame)
    {
        // Not in this service's turn: what handlers of the application do is not to be taken for the doing of a grain.
        var delivery = new Delivery(this, frame);
        ThreadPool.UnsafeQueueUserWorkItem(delivery, preferLocal: false);
        return delivery.End;
    }

    void IGatewayListener.OnGatewayUp(GatewayId gateway)
    {
    }

    void IGatewayListener.OnGatewayDead(GatewayId gateway) => _gateway.OnGatewayDead(gateway);

    private void Deliver(byte[] frame)
    {
        try
        {
            foreach (var (partition, message) in Frame.Read(frame))
            {
                if (partition is { } sender)
                {
                    _gateway.OnPartitionMessage(sender, message);
                }
                else
                {
                    _gateway.OnGatewayMessage(message);
                }
            }
        }
        catch (BatchFormatException e)
        {
            Log.Unreadable(_logger, e);
        }
    }

    private sealed class Delivery(GatewayService service, byte[] frame) : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task End => _end.Task;

        public void Execute()
        {
            try
            {
                service.Deliver(frame);
                _end.SetResult();
            }
            catch (Exception e)
            {
                _end.SetException(e);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(71, LogLevel.Error, "What another silo sent can't be read")]
        public static partial void Unreadable(ILogger logger, Exception exception);
    }
}
