// The messages of relayed polling sessions on their way between two gateways.
using System.Buffers;
using System.Text;

namespace SocketIO.Cluster;

/// <summary>Writes and reads relayed requests and their answers.</summary>
/// <remarks>
/// request = version type edge number kind session content-type body;
/// answer = version type owner edge number kind flags content-type body; flags: 1 = it may be compressed
/// </remarks>
internal static class PollingFormat
{
    /// <summary>The most bytes of a content type; one that is longer is none that a transport knows.</summary>
    public const int MaxContentTypeBytes = 128;

    private const byte MayCompress = 1;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="session">The session's id.</param>
    /// <param name="request">What arrived.</param>
    public static ReadOnlyMemory<byte> Write(string session, in PollingRequest request)
    {
        var writer = new ArrayBufferWriter<byte>(64 + session.Length + request.Body.Length);
        BatchFormat.WriteHeader(writer, BatchType.PollingRequest);
        BatchFormat.WriteGateway(writer, request.Edge);
        BatchFormat.WriteNumber(writer, request.Number);
        WriteByte(writer, (byte)request.Kind);
        WriteText(writer, session);
        WriteText(writer, request.ContentType);
        BatchFormat.WriteBytes(writer, request.Body.Span);
        return writer.WrittenMemory;
    }

    /// <param name="owner">Who answers.</param>
    /// <param name="answer">What.</param>
    public static ReadOnlyMemory<byte> Write(GatewayId owner, in PollingAnswer answer)
    {
        var writer = new ArrayBufferWriter<byte>(64 + answer.Body.Length);
        BatchFormat.WriteHeader(writer, BatchType.PollingAnswer);
        BatchFormat.WriteGateway(writer, owner);
        BatchFormat.WriteGateway(writer, answer.Edge);
        BatchFormat.WriteNumber(writer, answer.Number);
        WriteByte(writer, (byte)answer.Kind);
        WriteByte(writer, answer.MayCompress ? MayCompress : (byte)0);
        WriteText(writer, answer.ContentType);
        BatchFormat.WriteBytes(writer, answer.Body.Span);
        return writer.WrittenMemory;
    }

    /// <param name="message">Its bytes; the body is a slice of them.</param>
    /// <exception cref="BatchFormatException">It is no request.</exception>
    public static (string Session, PollingRequest Request) ReadRequest(ReadOnlyMemory<byte> message)
    {
        var reader = new BatchSpanReader(message.Span);
        reader.ReadHeader(BatchType.PollingRequest);
        var edge = reader.ReadGateway();
        var number = reader.ReadNumber();
        var kind = ReadKind(ref reader, (byte)PollingRequestKind.Upgrade);
        var session = ReadText(ref reader, BatchFormat.MaxSessionIdBytes, "bytes of a session's id");
        var contentType = ReadContentType(ref reader);
        var body = reader.ReadSlice(message, BatchFormat.MaxItemBytes, "bytes of a request");
        reader.ReadEnd();
        return (session, new PollingRequest(edge, number, (PollingRequestKind)kind, body, contentType));
    }

    /// <param name="message">Its bytes; the body is a slice of them.</param>
    /// <exception cref="BatchFormatException">It is no answer.</exception>
    public static (GatewayId Owner, PollingAnswer Answer) ReadAnswer(ReadOnlyMemory<byte> message)
    {
        var reader = new BatchSpanReader(message.Span);
        reader.ReadHeader(BatchType.PollingAnswer);
        var owner = reader.ReadGateway();
        var edge = reader.ReadGateway();
        var number = reader.ReadNumber();
        var kind = ReadKind(ref reader, (byte)PollingAnswerKind.Refused);
        var flags = reader.ReadByte();
        if (flags > MayCompress)
        {
            throw new BatchFormatException($"A polling message has flags that are not known to this node, {flags}.");
        }

        var contentType = ReadContentType(ref reader);
        var body = reader.ReadSlice(message, BatchFormat.MaxItemBytes, "bytes of an answer");
        reader.ReadEnd();
        return (owner, new PollingAnswer(edge, number, (PollingAnswerKind)kind, body, contentType, flags == MayCompress));
    }

    private static void WriteByte(ArrayBufferWriter<byte> writer, byte value)
    {
        writer.GetSpan(1)[0] = value;
        writer.Advance(1);
    }

    private static byte ReadKind(ref BatchSpanReader reader, byte last)
    {
        var kind = reader.ReadByte();
        return kind <= last ? kind : throw new BatchFormatException($"A polling message of kind {kind} is not known to this node: it knows those up to {last}.");
    }

    private static void WriteText(ArrayBufferWriter<byte> writer, string? text) => BatchFormat.WriteBytes(writer, Encoding.UTF8.GetBytes(text ?? ""));

    private static string? ReadContentType(ref BatchSpanReader reader) =>
        ReadText(ref reader, MaxContentTypeBytes, "bytes of a content type") is { Length: > 0 } text ? text : null;

    private static string ReadText(ref BatchSpanReader reader, int bound, string what)
    {
        try
        {
            return StrictUtf8.GetString(reader.ReadBytes(bound, what));
        }
        catch (DecoderFallbackException)
        {
            throw new BatchFormatException($"The {what} in a polling message are not UTF-8.");
        }
    }
}
