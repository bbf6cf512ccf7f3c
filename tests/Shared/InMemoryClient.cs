using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using SocketIO.Protocol;
using SocketIO.Server;

namespace SocketIO.Testing;

/// <summary>
/// A WebSocket client without a network: client, transport, session and socket are the server's own, over a pair of pipes that run
/// their continuations inline. What is sent is handled on the calling thread, before the call returns.
/// </summary>
internal sealed class InMemoryClient
{
    private static readonly PipeOptions Inline = new(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 0,
        useSynchronizationContext: false);

    private readonly Pipe _toServer = new(Inline);
    private readonly Pipe _toClient = new(Inline);

    private InMemoryClient()
    {
    }

    /// <summary>Connects, and joins the main namespace.</summary>
    public static async Task<InMemoryClient> ConnectAsync(SocketIOServer server, Dialect? dialect = null)
    {
        var client = new InMemoryClient();
        await ConnectAsync(server, dialect ?? Dialect.Current, new MemoryCarrier(client._toServer.Reader, client._toClient.Writer), client._toServer.Writer);
        client.Receive();
        return client;
    }

    /// <summary>Connects a client that takes what it is sent in a way of its own; frames for the server go into the writer it gives.</summary>
    public static async Task<PipeWriter> ConnectAsync(SocketIOServer server, PipeWriter received)
    {
        var toServer = new Pipe(Inline);
        await ConnectAsync(server, Dialect.Current, new MemoryCarrier(toServer.Reader, received), toServer.Writer);
        return toServer.Writer;
    }

    /// <summary>One masked text frame with an Engine.IO packet.</summary>
    public static byte[] Frame(string packet)
    {
        const uint Mask = 0x5A17C3E9;
        var payload = Encoding.UTF8.GetBytes(packet);
        var frame = new byte[WebSocketFrame.MaxHeaderLength + 4 + payload.Length];
        var header = WebSocketFrame.WriteMaskedHeader(frame, WebSocketOpcode.Text, payload.Length, Mask);
        WebSocketFrame.Mask(payload, Mask);
        payload.CopyTo(frame, header);
        return frame[..(header + payload.Length)];
    }

    /// <summary>Sends frames; the server has handled them when this returns.</summary>
    public void Send(ReadOnlySpan<byte> frames)
    {
        _toServer.Writer.Write(frames);
        Complete(_toServer.Writer.FlushAsync());
    }

    /// <summary>Takes what the server has sent, and counts its bytes.</summary>
    public long Receive()
    {
        if (!_toClient.Reader.TryRead(out var result))
        {
            return 0;
        }

        var length = result.Buffer.Length;
        _toClient.Reader.AdvanceTo(result.Buffer.End);
        return length;
    }

    /// <summary>The same as text, frame headers included.</summary>
    public string ReceiveText()
    {
        if (!_toClient.Reader.TryRead(out var result))
        {
            return "";
        }

        var text = Encoding.UTF8.GetString(result.Buffer);
        _toClient.Reader.AdvanceTo(result.Buffer.End);
        return text;
    }

    private static async Task ConnectAsync(SocketIOServer server, Dialect dialect, MemoryCarrier carrier, PipeWriter toServer)
    {
        var connection = await server.Engine.CreateAsync(new DefaultHttpContext(), dialect);
        var transport = new WebSocketTransport(connection, carrier, connection.Codec, deflate: false);
        server.Engine.Start(connection, transport);
        _ = transport.RunAsync();
        if (!dialect.IsLegacy)
        {
            toServer.Write(Frame("40"));
            Complete(toServer.FlushAsync());
        }
    }

    // The pipes never pause their writer.
    private static void Complete(ValueTask<FlushResult> flush)
    {
        if (!flush.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("The server has left work for another thread.");
        }

        _ = flush.Result;
    }

    private sealed class MemoryCarrier(PipeReader input, PipeWriter output) : WebSocketCarrier(new DuplexPipe(input, output))
    {
        public override void Abort() => Pipe.Input.CancelPendingRead();
    }
}
