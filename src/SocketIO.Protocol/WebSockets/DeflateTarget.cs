using System.Buffers;
using System.Diagnostics;

namespace SocketIO.Protocol;

/// <summary>
/// Where a <see cref="System.IO.Compression.DeflateStream"/> writes a compressed message: all but the last four bytes goes on to the
/// output, as the extension has it, and nothing that comes once it is complete (the stream's own end).
/// </summary>
internal sealed class DeflateTarget(IBufferWriter<byte> output) : Stream
{
    private readonly byte[] _held = new byte[4];
    private int _heldCount;
    private bool _complete;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Complete()
    {
        Debug.Assert(_heldCount == _held.Length && _held is [0x00, 0x00, 0xFF, 0xFF], "A flushed DEFLATE stream ends in an empty block.");
        _complete = true;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_complete || buffer.IsEmpty)
        {
            return;
        }

        // Of what is held and what is new, all but the last four bytes may go.
        int goes = Math.Max(0, _heldCount + buffer.Length - _held.Length);
        int goesOfHeld = Math.Min(goes, _heldCount);
        int goesOfNew = goes - goesOfHeld;
        output.Write(_held.AsSpan(0, goesOfHeld));
        output.Write(buffer[..goesOfNew]);
        _held.AsSpan(goesOfHeld, _heldCount - goesOfHeld).CopyTo(_held);
        buffer[goesOfNew..].CopyTo(_held.AsSpan(_heldCount - goesOfHeld));
        _heldCount += buffer.Length - goes;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
