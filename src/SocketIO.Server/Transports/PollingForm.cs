// A poll's answer is a payload as it is, or wrapped for pages that can only load scripts; bodies of POSTs likewise.
namespace SocketIO.Server;

/// <summary>What is around the payloads of a polling session. Without state.</summary>
internal class PollingForm
{
    protected PollingForm()
    {
    }

    /// <summary>Nothing.</summary>
    public static PollingForm Plain { get; } = new();

    /// <summary>The content type of an answer whose payload is text.</summary>
    public virtual string ContentType => "text/plain; charset=UTF-8";

    /// <summary>Makes the body of an answer.</summary>
    public virtual ReadOnlyMemory<byte> FormatAnswer(ReadOnlyMemory<byte> payload) => payload;

    /// <summary>Finds the payload in the body of a POST.</summary>
    public virtual ReadOnlyMemory<byte> ReadBody(ReadOnlyMemory<byte> body) => body;

    /// <summary>The same, where a body can be told from one that has no payload.</summary>
    public virtual bool TryReadBody(ReadOnlyMemory<byte> body, out ReadOnlyMemory<byte> payload)
    {
        payload = ReadBody(body);
        return true;
    }
}
