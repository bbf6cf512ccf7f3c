// What gateways say to each other: answers to what came through a partition.
using System.Buffers;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>A gateway's share of the answers to a request of another one, or such a request.</summary>
/// <remarks>message = version type gateway request number payload</remarks>
/// <param name="Type"><see cref="BatchType.AnswerCount"/>, <see cref="BatchType.Answer"/> or <see cref="BatchType.Evict"/>.</param>
/// <param name="From">Whose share.</param>
/// <param name="Request">The number that the asking gateway gave it.</param>
/// <param name="Number">How many answers there will be, or which one this is.</param>
/// <param name="Payload">The answer.</param>
internal readonly record struct GatewayMessage(BatchType Type, GatewayId From, long Request, int Number, EventPayload Payload)
{
    /// <exception cref="BatchFormatException">It is none.</exception>
    public static GatewayMessage Read(ReadOnlyMemory<byte> message)
    {
        var type = BatchFormat.TypeOf(message.Span);
        if (type is not (BatchType.AnswerCount or BatchType.Answer or BatchType.Evict))
        {
            throw new BatchFormatException($"A message of type {(byte)type} is not for a gateway.");
        }

        var reader = new BatchSpanReader(message.Span);
        reader.ReadHeader(type);
        var read = new GatewayMessage(
            type,
            reader.ReadGateway(),
            reader.ReadNumber(),
            reader.ReadInt32("answers"),
            PayloadFormat.Read(ref reader, message));
        reader.ReadEnd();
        return read;
    }

    public ReadOnlyMemory<byte> Write()
    {
        var writer = new ArrayBufferWriter<byte>(64 + Payload.Length + (10 * Payload.Attachments.Length));
        BatchFormat.WriteHeader(writer, Type);
        BatchFormat.WriteGateway(writer, From);
        BatchFormat.WriteNumber(writer, Request);
        BatchFormat.WriteNumber(writer, Number);
        PayloadFormat.Write(writer, Payload);
        return writer.WrittenMemory;
    }
}
