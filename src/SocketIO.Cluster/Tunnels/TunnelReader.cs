using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace SocketIO.Cluster;

/// <summary>What has arrived through a tunnel; what is read of it makes room for more.</summary>
internal sealed class TunnelReader(PipeReader inner, Tunnel tunnel, TunnelTable host) : PipeReader
{
    private ReadOnlySequence<byte> _buffer;

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var read = (int)_buffer.Slice(0, consumed).Length;
        _buffer = default;
        inner.AdvanceTo(consumed, examined);
        host.OnRead(tunnel, read);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await inner.ReadAsync(cancellationToken).ConfigureAwait(false);
        _buffer = result.Buffer;
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        var isThere = inner.TryRead(out result);
        _buffer = result.Buffer;
        return isThere;
    }
}
