using Microsoft.Extensions.Logging.Abstractions;

namespace SocketIO.Cluster.Tests;

public sealed class RelayFuzzTests
{
    private static readonly byte[][] Dictionary = [[0xff, 0xff, 0xff], [1, 1], [1, 2], [1, 22], [0x80], [0], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]];

    [Fact]
    public void Whatever_a_partition_is_sent_it_keeps_its_bounds_and_takes_nothing_of_what_is_malformed() =>
        Fuzz.Rounds(600, random =>
        {
            var options = new PartitionOptions { MaxGateways = 3, MaxLogPackets = 10, MaxLogBytes = 600, MaxRooms = 3, MaxBatchItems = 1 + random.Next(4), SettleEvery = 1 + random.Next(4) };
            var epoch = 1 + random.Next(3);
            var partition = new Partition(options, epoch);
            List<PartitionOutput> outputs = [];
            var now = TimeSpan.Zero;
            partition.Start(Enumerable.Range(1, random.Next(3)).Select(id => new GatewayId(id)));
            for (var step = 0; step < 150; step++)
            {
                now += TimeSpan.FromMilliseconds(random.Next(1_000));
                var gateway = new GatewayId(random.Next(6));
                var before = (partition.LogCount, partition.LogBytes, partition.RouteCount, partition.IsSequencing);
                try
                {
                    switch (random.Next(12))
                    {
                        case 0:
                            partition.GatewayUp(gateway);
                            break;
                        case 1 when random.Next(3) == 0:
                            partition.GatewayDead(gateway);
                            break;
                        case 2 or 3:
                            partition.Pulled(Reply(random, gateway, epoch));
                            break;
                        case 4:
                            partition.Confirmed(random.Next(30) == 0 ? epoch + 1 : random.Next(epoch + 1), outputs);
                            break;
                        case 5 or 6:
                            partition.Acknowledge(gateway, random.Next(8) == 0 ? random.Next(4) : epoch, Number(random), Number(random));
                            break;
                        case 7:
                            partition.Refetch(gateway, random.Next(8) == 0 ? random.Next(4) : epoch);
                            break;
                        case 8 when random.Next(30) == 0:
                            partition.Refused(random.Next(5), outputs);
                            break;
                        default:
                            partition.Publish(Damage(random, Publication(random, gateway, epoch)), outputs);
                            break;
                    }
                }
                catch (BatchFormatException)
                {
                    Assert.Equal(before, (partition.LogCount, partition.LogBytes, partition.RouteCount, partition.IsSequencing));
                }

                partition.Flush(now, outputs);
                foreach (var output in outputs)
                {
                    if (output.Batch is { } batch)
                    {
                        AssertReadable(batch);
                    }
                }

                outputs.Clear();
                Assert.InRange(partition.Gateways.Count, 0, options.MaxGateways);
                Assert.InRange(partition.LogCount, 0, options.MaxLogPackets);
                Assert.True(partition.LogBytes <= options.MaxLogBytes || partition.LogCount == 1);
                Assert.InRange(partition.RouteCount, 0, options.MaxRooms);
            }
        });

    [Fact]
    public void Whatever_a_gateway_receives_its_tail_and_its_publishers_keep_their_bounds() =>
        Fuzz.Rounds(600, random =>
        {
            var options = new GatewayInboxOptions { MaxTailPackets = 5, MaxTailBytes = random.Next(2) == 0 ? 300 : 10_000, MaxPublishers = 3 };
            var inbox = new GatewayInbox(options);
            var outbox = new PublisherOutbox(new GatewayId(1), new PublisherOutboxOptions { MaxPackets = 4 });
            List<InboxOutput> outputs = [];
            var delivered = new Dictionary<GatewayId, long>();
            for (var step = 0; step < 150; step++)
            {
                try
                {
                    if (random.Next(8) == 0)
                    {
                        var epoch = random.Next(8);
                        if (inbox.Pull(epoch, new GatewayId(1), [FuzzedBatches.Name("lobby")], outbox, out _) is { } reply)
                        {
                            Assert.Equal(epoch, reply.Epoch);
                            AssertReadable(reply.Tail);
                            Assert.InRange(reply.Coverage.Count, 0, DeliveryBatch.MaxCoverage);
                            Assert.InRange(reply.Forgotten.Count, 0, options.MaxPublishers);
                        }
                    }
                    else
                    {
                        inbox.Receive(Damage(random, Delivery(random)), outputs);
                    }
                }
                catch (BatchFormatException)
                {
                    Assert.Empty(outputs);
                }

                foreach (var output in outputs.Where(output => output.Kind == InboxOutputKind.Deliver))
                {
                    // Once: a publisher that is remembered is never heard with the same number again.
                    if (inbox.PublisherCount < options.MaxPublishers)
                    {
                        Assert.True(output.Item.Number > delivered.GetValueOrDefault(output.Item.Publisher, -1));
                    }

                    delivered[output.Item.Publisher] = output.Item.Number;
                }

                outputs.Clear();
                Assert.InRange(inbox.TailCount, 0, options.MaxTailPackets);
                Assert.InRange(inbox.PublisherCount, 0, options.MaxPublishers);
            }
        });

    [Fact]
    public void Whatever_a_partition_answers_an_outbox_keeps_its_bounds_and_its_order() =>
        Fuzz.Rounds(1_000, random =>
        {
            var options = new PublisherOutboxOptions { MaxPackets = 6, MaxBytes = 200, MaxBatchItems = 1 + random.Next(4), MaxBatchBytes = 1 + random.Next(100) };
            var outbox = new PublisherOutbox(new GatewayId(1), options);
            var taken = new List<byte[]>();
            var now = TimeSpan.Zero;
            for (var step = 0; step < 200; step++)
            {
                now += TimeSpan.FromMilliseconds(random.Next(1_000));
                switch (random.Next(9))
                {
                    case 0:
                        outbox.Installed(random.Next(5), Number(random));
                        break;
                    case 1:
                        outbox.Received(random.Next(5), Number(random));
                        break;
                    case 2:
                        outbox.Accepted(random.Next(10) == 0 ? Number(random) : random.Next(taken.Count + 1));
                        break;
                    case 3:
                        outbox.Failed();
                        break;
                    case 4:
                        Check(outbox.Retain(), taken, int.MaxValue);
                        break;
                    case 5 or 6 when outbox.TryFlush(now, out _, out var batch):
                        Check(batch, taken, options.MaxBatchItems);
                        break;
                    default:
                        var item = Fuzz.Bytes(random, 60);
                        if (outbox.TryAdd(item, out var number))
                        {
                            taken.Add(item);
                            Assert.Equal(taken.Count, number);
                        }

                        break;
                }

                Assert.InRange(outbox.Count, 0, options.MaxPackets);
                Assert.InRange(outbox.Bytes, 0, options.MaxBytes);
            }
        });

    [Fact]
    public void Whatever_bytes_arrive_at_a_partitions_process_they_are_taken_or_refused_with_the_formats_own_exception() =>
        Fuzz.Rounds(300, random =>
        {
            var now = TimeSpan.Zero;
            var host = new PartitionHost(new PartitionOptions { MaxLogPackets = 10, MaxRooms = 3 }, 1, [new GatewayId(1), new GatewayId(2)], new Nowhere(), () => now);
            for (var step = 0; step < 100; step++)
            {
                now += TimeSpan.FromSeconds(1);
                var gateway = new GatewayId(random.Next(4));
                byte[] message = random.Next(5) switch
                {
                    0 => FuzzedBatches.PullReply(gateway, 1),
                    1 => Publication(random, gateway, 1),
                    2 => [1, (byte)random.Next(40), .. Fuzz.Bytes(random, 30)],
                    _ => new PartitionMessage((BatchType)random.Next(15, 24), gateway, random.Next(10) == 0 ? 2 : 1, random.Next(20), random.Next(20)).Write().ToArray(),
                };
                try
                {
                    host.Receive(Damage(random, message));
                }
                catch (BatchFormatException)
                {
                    // What was to be shown: this and no other.
                }

                if (step == 50)
                {
                    host.Confirmed(1);
                }

                Assert.InRange(host.RouteCount, 0, 3);
            }
        });

    [Fact]
    public void Whatever_bytes_arrive_at_a_gateway_nothing_is_thrown_at_the_link() =>
        Fuzz.Rounds(100, random =>
        {
            using var gateway = new ClusterGateway(new Nowhere(), null, new SessionIds(), new ClusterOptions(), TimeProvider.System, NullLogger.Instance);
            using var engine = new SocketIO.Server.Engine(new SocketIO.Server.EngineOptions { Relay = gateway.Relay }, TimeProvider.System, NullLogger.Instance);
            var partition = new PartitionKey("/", 0);
            for (var step = 0; step < 100; step++)
            {
                gateway.OnPartitionMessage(partition, Damage(random, random.Next(3) == 0 ? [1, (byte)random.Next(40), .. Fuzz.Bytes(random, 30)] : Delivery(random)));
                gateway.OnGatewayMessage(Damage(random, new GatewayMessage(BatchType.Answer, new GatewayId(2), random.Next(5), random.Next(5), SocketIO.Server.EventPayload.Empty).Write().ToArray()));
                gateway.OnGatewayMessage(Damage(random, new PeerFrame(new GatewayId(2), random.Next(1, 4), random.Next(4), Fuzz.Bytes(random, 20)).Write().ToArray()));
                gateway.OnPartitionMessage(partition, Damage(random, new PartitionMessage((BatchType)random.Next(15, 24), new GatewayId(1), random.Next(3), random.Next(20)).Write().ToArray()));
            }
        });

    /// <summary>A position or number that is plausible, and now and then anything.</summary>
    private static long Number(Random random) => random.Next(8) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(-1, 30);

    private static byte[] Damage(Random random, byte[] bytes) => random.Next(3) == 0 ? Fuzz.Mutate(random, [bytes], Dictionary) : bytes;

    private static string Room(Random random) => new('r', random.Next(6) == 0 ? SocketIdHint.SocketIdLength : random.Next(5));

    private static byte[] Publication(Random random, GatewayId publisher, long epoch)
    {
        var items = new byte[random.Next(5)][];
        for (var i = 0; i < items.Length; i++)
        {
            var kind = (RelayItemKind)random.Next((int)RelayItemKind.Broadcast, (int)RelayItemKind.FetchSockets + 1);
            items[i] = FuzzedBatches.Item(kind, publisher, [.. Enumerable.Range(0, random.Next(3)).Select(_ => Room(random))]);
        }

        return FuzzedBatches.Publication(publisher, random.Next(8) == 0 ? random.Next(5) : epoch, 1 + random.Next(12), items);
    }

    private static byte[] Delivery(Random random)
    {
        var after = random.Next(20);
        var count = random.Next(6);
        var flags = (DeliveryFlags)random.Next(4);
        var head = new DeliveryHead(flags, 1 + random.Next(5), after, after + count + random.Next(3), random.Next(20), random.Next(20), random.Next(20), random.Next(4), random.Next(20));
        return FuzzedBatches.Delivery(head, count, _ => new GatewayId(random.Next(6)));
    }

    private static PullReply Reply(Random random, GatewayId gateway, long epoch)
    {
        var tail = Damage(random, Delivery(random));
        var retained = Damage(random, Publication(random, gateway, 0));
        return new PullReply(
            gateway,
            random.Next(8) == 0 ? random.Next(4) : epoch,
            [.. Enumerable.Range(0, random.Next(5)).Select(_ => FuzzedBatches.Name(Room(random)))],
            tail,
            [.. Enumerable.Range(0, random.Next(3)).Select(earlier => new Coverage(earlier, random.Next(20)))],
            [.. Enumerable.Range(0, random.Next(3)).Select(publisher => KeyValuePair.Create(new GatewayId(publisher), Math.Abs(Number(random))))],
            retained);
    }

    private static void AssertReadable(ReadOnlyMemory<byte> batch)
    {
        var reader = new DeliveryBatchReader(batch);
        while (reader.TryReadItem(out _))
        {
        }
    }

    /// <summary>A batch holds what was taken, in its place.</summary>
    private static void Check(byte[] batch, List<byte[]> taken, int maxItems)
    {
        var reader = new PublishBatchReader(batch);
        Assert.InRange(reader.Count, 0, maxItems);
        for (var number = reader.First; reader.TryReadItem(out var item); number++)
        {
            Assert.Equal(taken[(int)number - 1], batch[item]);
        }
    }

    /// <summary>A link on which everything is lost.</summary>
    private sealed class Nowhere : IPartitionLink, IClusterLink
    {
        public GatewayId Gateway { get; } = new(1);

        public IReadOnlyCollection<GatewayId> Gateways => [Gateway, new(2)];

        public void Send(GatewayId gateway, ReadOnlyMemory<byte> message)
        {
        }

        public void ReadEpoch()
        {
        }

        public void OnFenced()
        {
        }

        public void SendToPartition(PartitionKey partition, ReadOnlyMemory<byte> message)
        {
        }

        public void SendToGateway(GatewayId gateway, ReadOnlyMemory<byte> message)
        {
        }
    }
}
