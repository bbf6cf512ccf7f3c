// The HTTP of responses that do not end.
using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SocketIO.Server;

/// <summary>Turns requests into streaming transports.</summary>
internal sealed class StreamingRequests(Engine engine)
{
    /// <summary>Begins the response and runs the transport to its end.</summary>
    /// <param name="context">The request; its response has its headers.</param>
    /// <param name="connection">The session.</param>
    /// <param name="name">The transport's name.</param>
    /// <param name="preamble">What comes before the first message.</param>
    /// <param name="framing">What is around the messages.</param>
    /// <param name="begin">Puts the transport to use; where it says no, the transport is closed.</param>
    public async Task ServeAsync(
        HttpContext context,
        EngineConnection connection,
        string name,
        ReadOnlyMemory<byte> preamble,
        MessageFraming framing,
        Func<StreamingTransport, bool> begin)
    {
        engine.RaiseHeaders(context);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await context.Response.StartAsync(context.RequestAborted).ConfigureAwait(false);
        var pipe = new ResponsePipe(context);
        pipe.Output.Write(preamble.Span);
        // What comes first is a chunk of its own, as browsers had it.
        await pipe.Output.FlushAsync().ConfigureAwait(false);
        var transport = new StreamingTransport(connection, pipe, connection.Codec, name, framing);
        if (!begin(transport))
        {
            transport.Close(null);
        }

        transport.Flush();
        await transport.RunAsync().ConfigureAwait(false);
    }
}
