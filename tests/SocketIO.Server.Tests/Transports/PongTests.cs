using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

public class PongTests
{
    [Fact]
    public async Task A_ping_that_comes_while_the_client_reads_nothing_is_answered_once_it_reads()
    {
        await using var services = new ServiceCollection().AddLogging().AddSocketIO().Services.BuildServiceProvider();
        // One byte that is not read keeps a flush waiting.
        var slow = new Pipe(new PipeOptions(
            readerScheduler: PipeScheduler.Inline,
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: 1,
            resumeWriterThreshold: 1,
            useSynchronizationContext: false));
        var toServer = await InMemoryClient.ConnectAsync(services.GetRequiredService<SocketIOServer>(), slow.Writer);

        toServer.Write(Ping("first"u8));
        await toServer.FlushAsync();
        toServer.Write(Ping("last"u8));
        await toServer.FlushAsync();

        Assert.DoesNotContain("last", ReadAll(slow.Reader), StringComparison.Ordinal);
        Assert.Contains("last", ReadAll(slow.Reader), StringComparison.Ordinal);
    }

    private static byte[] Ping(ReadOnlySpan<byte> payload)
    {
        var frame = new byte[WebSocketFrame.MaxHeaderLength + 4 + payload.Length];
        var header = WebSocketFrame.WriteMaskedHeader(frame, WebSocketOpcode.Ping, payload.Length, 0);
        payload.CopyTo(frame.AsSpan(header));
        return frame[..(header + payload.Length)];
    }

    private static string ReadAll(PipeReader reader)
    {
        if (!reader.TryRead(out var result))
        {
            return "";
        }

        var text = System.Text.Encoding.UTF8.GetString(result.Buffer.ToArray());
        reader.AdvanceTo(result.Buffer.End);
        return text;
    }
}
