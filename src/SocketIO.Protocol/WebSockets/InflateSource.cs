namespace SocketIO.Protocol;

/// <summary>
/// What a <see cref="System.IO.Compression.DeflateStream"/> reads to inflate a message: its payload, the four bytes that its sender cut off,
/// and a final empty block. An inflater that is given a whole stream so ends at that block (or at one of the sender's own) and never asks
/// for more; one that does was given a stream that is cut short, which the DeflateStream itself lets pass.
/// </summary>
internal sealed class InflateSource(ReadOnlyMemory<byte> payload) : Stream
{
    private int _position;

    /// <summary>Whether the reader asked for more than there is.</summary>
    public bool IsExhausted { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private static ReadOnlySpan<byte> Tail => [0x00, 0x00, 0xFF, 0xFF, 0x01, 0x00, 0x00, 0xFF, 0xFF];

    public override int Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> rest = _position < payload.Length ? payload.Span[_position..] : Tail[(_position - payload.Length)..];
        IsExhausted |= rest.IsEmpty;
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
