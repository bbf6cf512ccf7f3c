using System.IO.Pipelines;
using System.Runtime.Versioning;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace SocketIO.Server.Tests;

[RequiresPreviewFeatures]
public class KestrelWebTransportTests
{
    [Fact]
    public async Task The_first_stream_of_both_directions_is_taken()
    {
        var kestrel = new KestrelSession();
        kestrel.Streams.Writer.TryWrite(Stream(canWrite: false));
        var expected = Stream(canWrite: true);
        kestrel.Streams.Writer.TryWrite(expected);
        WebTransportSession session = new KestrelWebTransportSession(kestrel, "192.0.2.7");

        Assert.Same(expected.Transport, await session.AcceptStreamAsync(CancellationToken.None));
        Assert.Equal("192.0.2.7", session.RemoteAddress);
    }

    [Fact]
    public async Task A_session_that_has_ended_gives_no_stream()
    {
        var kestrel = new KestrelSession();
        kestrel.Streams.Writer.Complete();

        Assert.Null(await new KestrelWebTransportSession(kestrel, null).AcceptStreamAsync(CancellationToken.None));
    }

    [Fact]
    public void It_is_closed_without_an_error()
    {
        var kestrel = new KestrelSession();

        new KestrelWebTransportSession(kestrel, null).Close();

        Assert.Equal(0x100, kestrel.AbortedWith);
    }

    private static DefaultConnectionContext Stream(bool canWrite)
    {
        var pipe = new Pipe();
        var stream = new DefaultConnectionContext { Transport = new DuplexPipe(pipe.Reader, pipe.Writer) };
        stream.Features.Set<IStreamDirectionFeature>(new Direction(canWrite));
        return stream;
    }

    private sealed class Direction(bool canWrite) : IStreamDirectionFeature
    {
        public bool CanRead => true;

        public bool CanWrite => canWrite;
    }

    [RequiresPreviewFeatures]
    private sealed class KestrelSession : IWebTransportSession
    {
        public Channel<ConnectionContext> Streams { get; } = Channel.CreateUnbounded<ConnectionContext>();

        public int? AbortedWith { get; private set; }

        public long SessionId => 4;

        public void Abort(int errorCode) => AbortedWith = errorCode;

        public async ValueTask<ConnectionContext?> AcceptStreamAsync(CancellationToken cancellationToken) =>
            await Streams.Reader.WaitToReadAsync(cancellationToken) ? await Streams.Reader.ReadAsync(cancellationToken) : null;

        public ValueTask<ConnectionContext?> OpenUnidirectionalStreamAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
