// The HTTP of polling: bodies in, bounded; answers out, compressed where that pays.
using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SocketIO.Server;

/// <summary>Carries the requests of polling sessions between HTTP and their transports.</summary>
internal sealed class PollingRequests(Engine engine)
{
    // A client's word for the length of its body is not worth memory before the body comes.
    private const int MostAtFirst = 64 * 1024;

    private static readonly string[] Codings = ["gzip", "deflate"];

    private readonly EngineOptions _options = engine.Options;

    /// <summary>Takes the request to the session's transport and its answer to the client.</summary>
    /// <param name="context">The request.</param>
    /// <param name="polling">The transport.</param>
    /// <param name="form">How this request is formed, where it says so itself.</param>
    public async Task ServeAsync(HttpContext context, PollingTransport polling, PollingForm? form = null)
    {
        byte[]? rented = null;
        try
        {
            var body = ReadOnlyMemory<byte>.Empty;
            if (HttpMethods.IsPost(context.Request.Method))
            {
                if (!polling.BeginPost())
                {
                    await WriteAsync(context, polling.Overlap).ConfigureAwait(false);
                    return;
                }

                (rented, var length) = await ReadBodyAsync(context, polling.OnPostBrokenOff).ConfigureAwait(false);
                if (rented is null)
                {
                    polling.EndPost();
                    return;
                }

                body = rented.AsMemory(0, length);
            }

            var response = await polling.HandleAsync(new TransportRequest
            {
                Method = context.Request.Method,
                ContentType = context.Request.ContentType,
                Body = body,
                Form = form,
                Aborted = context.RequestAborted,
            }).ConfigureAwait(false);
            await WriteAsync(context, response).ConfigureAwait(false);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Takes a POST to a session that listens by another transport.</summary>
    /// <param name="context">The request.</param>
    /// <param name="connection">The session.</param>
    /// <param name="form">What is around its payload.</param>
    /// <param name="accepted">The answer.</param>
    /// <param name="malformed">The answer where there is no payload, or where it has ended the session.</param>
    public async Task ServePostAsync(HttpContext context, EngineConnection connection, PollingForm form, TransportResponse accepted, TransportResponse malformed)
    {
        var (rented, length) = await ReadBodyAsync(context, static () => { }).ConfigureAwait(false);
        if (rented is null)
        {
            return;
        }

        try
        {
            var isTaken = form.TryReadBody(rented.AsMemory(0, length), out var payload) && await connection.Posts!.ReceiveAsync(payload).ConfigureAwait(false);
            await WriteAsync(context, isTaken ? accepted : malformed).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Takes the request to a session of another server, and its answer to the client; a refusal is left to the caller.</summary>
    public async Task<RelayedAnswer> ServeAsync(HttpContext context, IRelayedSession session)
    {
        var isPost = HttpMethods.IsPost(context.Request.Method);
        if (!isPost && !HttpMethods.IsGet(context.Request.Method))
        {
            await WriteAsync(context, TransportResponse.ServerError).ConfigureAwait(false);
            return default;
        }

        Task<RelayedAnswer> answering;
        byte[]? rented = null;
        try
        {
            var length = 0;
            if (isPost)
            {
                (rented, length) = await ReadBodyAsync(context, session.BreakOff).ConfigureAwait(false);
                if (rented is null)
                {
                    return default;
                }
            }

            answering = session.HandleAsync(new TransportRequest
            {
                Method = context.Request.Method,
                ContentType = context.Request.ContentType,
                Body = rented.AsMemory(0, length),
                Aborted = context.RequestAborted,
            });
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }

        var answer = await answering.ConfigureAwait(false);
        if (answer.Response is { } response)
        {
            await WriteAsync(context, response).ConfigureAwait(false);
        }

        return answer;
    }

    // No array: the request has been answered.
    private async ValueTask<(byte[]? Body, int Length)> ReadBodyAsync(HttpContext context, Action onBrokenOff)
    {
        var most = _options.MaxHttpBufferSize;
        var declared = context.Request.ContentLength;
        if (declared > most)
        {
            AnswerTooLarge(context);
            return default;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            // Ours is the one that counts.
            limit.MaxRequestBodySize = null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(declared ?? 4096, 256, MostAtFirst));
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min((long)buffer.Length * 2, Math.Max(buffer.Length, most) + 1L));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                var read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted).ConfigureAwait(false);
                if (read == 0)
                {
                    return (buffer, length);
                }

                length += read;
                if (length > most)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    AnswerTooLarge(context);
                    return default;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or BadHttpRequestException)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            onBrokenOff();
            context.Abort();
            return default;
        }
    }

    private void AnswerTooLarge(HttpContext context)
    {
        engine.Bounds.Met(Bound.MaxHttpBufferSize);
        context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        context.Response.ContentLength = 0;
        // What the client still sends is not read.
        context.Response.Headers.Connection = "close";
    }

    public async Task WriteAsync(HttpContext context, TransportResponse answer)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var response = context.Response;
        response.StatusCode = answer.StatusCode;
        if (answer.StatusCode != StatusCodes.Status200OK)
        {
            if (answer.StatusCode == StatusCodes.Status405MethodNotAllowed)
            {
                response.Headers.Allow = "GET, POST";
            }

            response.ContentType = answer.ContentType;
            response.ContentLength = answer.Body.Length;
            await response.Body.WriteAsync(answer.Body, context.RequestAborted).ConfigureAwait(false);
            return;
        }

        response.ContentType = answer.ContentType;
        response.Headers.CacheControl = "no-store";
        var agent = context.Request.Headers.UserAgent.ToString();
        if (agent.Contains(";MSIE", StringComparison.Ordinal) || agent.Contains("Trident/", StringComparison.Ordinal))
        {
            response.Headers.XXSSProtection = "0";
        }

        engine.RaiseHeaders(context);
        var body = answer.Body;
        if (answer.Compress && _options.HttpCompression is { } compression && body.Length >= compression.Threshold
            && ContentCodings.Choose(context.Request.Headers.AcceptEncoding, Codings) is { } encoding)
        {
            response.Headers.ContentEncoding = encoding;
            body = Compress(body.Span, encoding);
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    private static byte[] Compress(ReadOnlySpan<byte> body, string coding)
    {
        var output = new MemoryStream(body.Length / 2);
        using (Stream compressor = coding == "gzip"
            ? new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            compressor.Write(body);
        }

        return output.ToArray();
    }
}
