using System.Buffers;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>The messages between gateways, and from gateways to partitions, as bytes.</summary>
public sealed class MessageFormatTests
{
    private static readonly GatewayId Gateway = new(0x0123456789abcdef);

    [Theory]
    [InlineData(PollingRequestKind.Poll, 0)]
    [InlineData(PollingRequestKind.Post, 100_000)]
    [InlineData(PollingRequestKind.BrokenPost, 0)]
    [InlineData(PollingRequestKind.Abort, 0)]
    [InlineData(PollingRequestKind.Upgrade, 3)]
    internal void A_relayed_request_arrives_as_it_was_written(PollingRequestKind kind, int length)
    {
        var request = new PollingRequest(Gateway, 300, kind, Bytes(length), kind == PollingRequestKind.Post ? "text/plain" : null);
        var (session, read) = PollingFormat.ReadRequest(PollingFormat.Write("Zoë's", request));

        Assert.Equal("Zoë's", session);
        Assert.Equal((Gateway, 300L, kind, request.ContentType), (read.Edge, read.Number, read.Kind, read.ContentType));
        Assert.Equal(Bytes(length), read.Body.ToArray());
    }

    [Theory]
    [InlineData(PollingAnswerKind.Response, 100_000)]
    [InlineData(PollingAnswerKind.Refused, 0)]
    internal void The_answer_arrives_as_it_was_written(PollingAnswerKind kind, int length)
    {
        var answer = new PollingAnswer(Gateway, 300, kind, Bytes(length), length > 0 ? "text/html" : null, MayCompress: length > 0);
        var (owner, read) = PollingFormat.ReadAnswer(PollingFormat.Write(new GatewayId(-1), answer));

        Assert.Equal(new GatewayId(-1), owner);
        Assert.Equal((Gateway, 300L, kind), (read.Edge, read.Number, read.Kind));
        Assert.Equal((answer.ContentType, answer.MayCompress), (read.ContentType, read.MayCompress));
        Assert.Equal(Bytes(length), read.Body.ToArray());
    }

    [Theory]
    [InlineData(TunnelMessageKind.Data, 0, 30_000)]
    [InlineData(TunnelMessageKind.Credit, 65_536, 0)]
    [InlineData(TunnelMessageKind.End, 0, 0)]
    [InlineData(TunnelMessageKind.Abort, 0, 0)]
    internal void A_message_of_a_tunnel_arrives_as_it_was_written(TunnelMessageKind kind, long credit, int length)
    {
        var message = new TunnelMessage(new TunnelId(Gateway, 300), kind, credit, new ReadOnlySequence<byte>(Bytes(length)));
        var read = TunnelMessage.Read(message.Write());

        Assert.Equal((message.Tunnel, kind, credit), (read.Tunnel, read.Kind, read.Credit));
        Assert.Equal(Bytes(length), read.Bytes.ToArray());
    }

    [Fact]
    public void An_answer_to_a_broadcast_arrives_as_it_was_written()
    {
        var payload = new EventPayload("""["yes"]"""u8.ToArray(), new ReadOnlyMemory<byte>[] { new byte[] { 1, 2 } });
        var read = GatewayMessage.Read(new GatewayMessage(BatchType.Answer, Gateway, 300, 2, payload).Write());

        Assert.Equal((BatchType.Answer, Gateway, 300L, 2), (read.Type, read.From, read.Request, read.Number));
        Assert.Equal(payload.Json.ToArray(), read.Payload.Json.ToArray());
        Assert.Equal(new byte[] { 1, 2 }, read.Payload.Attachments.Span[0].ToArray());
    }

    [Fact]
    public void A_control_message_arrives_as_it_was_written()
    {
        var message = new PartitionMessage(BatchType.Acknowledge, Gateway, 3, 1_000_000, 7);
        Assert.Equal(message, PartitionMessage.Read(message.Write().Span));
    }

    /// <summary>A gateway with 100,000 rooms and a tail tells them in parts, whatever order they arrive in; those of an attempt that was given up do no harm.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public void A_pulls_answer_arrives_as_it_was_written_in_parts_of_bounded_size(int rooms)
    {
        var names = Enumerable.Range(0, rooms).Select(i => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"a room with a name of some length, number {i}")).ToArray();
        var tail = FuzzedBatches.Delivery(new DeliveryHead(DeliveryFlags.None, 4, 10, 20, 5, 0, 0, 3, 0), 3, _ => Gateway);
        var retained = FuzzedBatches.Publication(Gateway, 0, 5, FuzzedBatches.Item(Gateway, "lobby"));
        var reply = new PullReply(Gateway, 5, names, tail, [new Coverage(3, 9)], [KeyValuePair.Create(new GatewayId(2), 8L)], retained);
        List<ReadOnlyMemory<byte>> parts = [];
        PullReplyFormat.Write(reply, 1, parts.Add);
        Assert.All(parts, part => Assert.InRange(part.Length, 1, PullReplyFormat.PartBytes + 64));
        Assert.Equal(rooms > 0, parts.Count > 1);

        var gatherer = new PullReplyFormat.Gatherer(5, gateway => gateway == Gateway);
        if (rooms > 0)
        {
            Assert.Null(gatherer.Add(parts[0]));
        }

        parts.Clear();
        PullReplyFormat.Write(reply, 2, parts.Add);
        parts.Reverse();
        Assert.All(parts.SkipLast(1), part => Assert.Null(gatherer.Add(part)));
        var read = gatherer.Add(parts[^1]);

        Assert.NotNull(read);
        Assert.Equal(names.Select(name => Encoding.UTF8.GetString(name.Span)), read.Rooms.Select(name => Encoding.UTF8.GetString(name.Span)));
        Assert.Equal(tail, read.Tail.ToArray());
        Assert.Equal(retained, read.Retained.ToArray());
        Assert.Equal((Gateway, 5L), (read.Gateway, read.Epoch));
        Assert.Equal(reply.Coverage, read.Coverage);
        Assert.Equal(reply.Forgotten, read.Forgotten);
    }

    [Fact]
    public void Parts_of_a_gateway_that_nobody_waits_for_or_of_another_epoch_are_passed_over()
    {
        var part = FuzzedBatches.PullReply(Gateway, 5);
        Assert.Null(new PullReplyFormat.Gatherer(5, _ => false).Add(part));
        Assert.Null(new PullReplyFormat.Gatherer(6, _ => true).Add(part));
        Assert.NotNull(new PullReplyFormat.Gatherer(5, _ => true).Add(part));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    internal void What_ends_at_any_byte_before_its_end_or_goes_on_behind_it_is_refused(string format)
    {
        var (bytes, read) = Format(format);
        read(bytes);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<BatchFormatException>(() => read(bytes[..length]));
        }

        Assert.Throws<BatchFormatException>(() => read([.. bytes, 0]));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    internal void Another_version_or_type_is_refused_by_an_error_that_names_it(string format)
    {
        var (bytes, read) = Format(format);
        Assert.Contains("version 99 ", Assert.Throws<BatchFormatException>(() => read([99, .. bytes[1..]])).Message, StringComparison.Ordinal);
        Assert.Contains($"version {BatchFormat.CurrentVersion} ", Assert.Throws<BatchFormatException>(() => read([99, .. bytes[1..]])).Message, StringComparison.Ordinal);
        Assert.Contains("type 77 ", Assert.Throws<BatchFormatException>(() => read([bytes[0], 77, .. bytes[2..]])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_polling_message_of_an_unknown_kind_or_with_a_session_that_is_no_text_is_refused()
    {
        var request = PollingFormat.Write("id", new PollingRequest(Gateway, 1, PollingRequestKind.Poll, default)).ToArray();
        // Behind version, type, the gateway's eight bytes and a number of one.
        Assert.Throws<BatchFormatException>(() => PollingFormat.ReadRequest(With(request, 11, 5)));
        Assert.Throws<BatchFormatException>(() => PollingFormat.ReadRequest(With(request, 13, 0xff)));
        var answer = PollingFormat.Write(Gateway, new PollingAnswer(Gateway, 1, PollingAnswerKind.Response)).ToArray();
        Assert.Throws<BatchFormatException>(() => PollingFormat.ReadAnswer(With(answer, 19, 5)));
        Assert.Throws<BatchFormatException>(() => PollingFormat.ReadAnswer(With(answer, 20, 2)));
    }

    public static TheoryData<string> Formats => ["request", "answer", "peer", "tunnel", "message", "pull reply"];

    /// <summary>A valid message and what reads it.</summary>
    internal static (byte[] Bytes, Action<byte[]> Read) Format(string format) => format switch
    {
        "request" => (PollingFormat.Write("id", new PollingRequest(Gateway, 300, PollingRequestKind.Post, Bytes(5), "text/plain")).ToArray(), bytes => PollingFormat.ReadRequest(bytes)),
        "answer" => (PollingFormat.Write(Gateway, new PollingAnswer(Gateway, 300, PollingAnswerKind.Response, Bytes(5), "text/html")).ToArray(), bytes => PollingFormat.ReadAnswer(bytes)),
        "peer" => (new PeerFrame(Gateway, 300, 200, Bytes(5)).Write().ToArray(), bytes => PeerFrame.Read(bytes)),
        "tunnel" => (new TunnelMessage(new TunnelId(Gateway, 300), TunnelMessageKind.Data, 200, new ReadOnlySequence<byte>(Bytes(5))).Write().ToArray(), bytes => TunnelMessage.Read(bytes)),
        "message" => (new GatewayMessage(BatchType.AnswerCount, Gateway, 300, 2, EventPayload.Empty).Write().ToArray(), bytes => GatewayMessage.Read(bytes)),
        "pull reply" => (FuzzedBatches.PullReply(Gateway, 5), bytes => new PullReplyFormat.Gatherer(5, _ => true).Add(bytes)),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }
}
