using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SocketIO.Server;

/// <summary>One file of a JavaScript client, in each form in which it can be sent.</summary>
internal sealed class ClientFile
{
    private static readonly string[] Codings = ["br", "gzip", "deflate"];

    private readonly Func<byte[]> _read;
    private readonly Lazy<byte[]> _plain;
    private readonly Lazy<Task<byte[]>> _brotli;
    private readonly Lazy<Task<byte[]>> _gzip;
    private readonly Lazy<Task<byte[]>> _deflate;

    internal ClientFile(string name, Func<byte[]> read)
    {
        Name = name;
        ContentType = Path.GetExtension(name) switch
        {
            ".map" => "application/json; charset=utf-8",
            ".swf" => "application/x-shockwave-flash",
            _ => "application/javascript; charset=utf-8",
        };
        _read = read;
        _plain = new(read);
        _brotli = Once(static into => new BrotliStream(into, CompressionLevel.SmallestSize));
        _gzip = Once(static into => new GZipStream(into, CompressionLevel.SmallestSize));
        // HTTP's "deflate" is the zlib format (RFC 9110, 8.4.1.2), not the bare deflate stream.
        _deflate = Once(static into => new ZLibStream(into, CompressionLevel.SmallestSize));
    }

    internal string Name { get; }

    internal string ContentType { get; }

    /// <summary>Answers a request with the file: conditional by its tag, compressed as the client likes it best.</summary>
    internal async Task ServeAsync(HttpContext context, EntityTagHeaderValue tag, string cacheControl)
    {
        var response = context.Response;
        response.Headers.ETag = tag.ToString();
        response.Headers.CacheControl = cacheControl;
        // Without it a shared cache would hand brotli to a client that asked for nothing of the kind.
        response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);

        if (Matches(context.Request.GetTypedHeaders().IfNoneMatch, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var coding = ContentCodings.Choose(context.Request.Headers.AcceptEncoding, Codings);
        var content = await GetContentAsync(coding).ConfigureAwait(false);
        response.ContentType = ContentType;
        response.ContentLength = content.Length;
        if (coding is not null)
        {
            response.Headers.ContentEncoding = coding;
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(content, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static bool Matches(IList<EntityTagHeaderValue> known, EntityTagHeaderValue tag)
    {
        foreach (var other in known)
        {
            if (other.Equals(EntityTagHeaderValue.Any) || other.Compare(tag, useStrongComparison: false))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The bytes to send under a content coding; the file as it is for <see langword="null"/>.</summary>
    internal Task<byte[]> GetContentAsync(string? coding) => coding switch
    {
        null => Task.FromResult(_plain.Value),
        "br" => _brotli.Value,
        "gzip" => _gzip.Value,
        "deflate" => _deflate.Value,
        _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "Expected br, gzip, deflate or none."),
    };

    // The best compression takes most of a second, once: on a thread of the pool, and all that want it await one task.
    private Lazy<Task<byte[]>> Once(Func<Stream, Stream> compressor) => new(() => Task.Run(() =>
    {
        var compressed = new MemoryStream();
        using (var stream = compressor(compressed))
        {
            stream.Write(_read());
        }

        return compressed.ToArray();
    }));
}
