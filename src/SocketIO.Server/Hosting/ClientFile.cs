using System.IO.Compression;

namespace SocketIO.Server;

/// <summary>One file of the JavaScript client, in each form in which it can be sent.</summary>
internal sealed class ClientFile
{
    private readonly Func<byte[]> _read;
    private readonly Lazy<byte[]> _plain;
    private readonly Lazy<Task<byte[]>> _brotli;
    private readonly Lazy<Task<byte[]>> _gzip;
    private readonly Lazy<Task<byte[]>> _deflate;

    internal ClientFile(string name, Func<byte[]> read)
    {
        Name = name;
        ContentType = name.EndsWith(".map", StringComparison.Ordinal)
            ? "application/json; charset=utf-8"
            : "application/javascript; charset=utf-8";
        _read = read;
        _plain = new(read);
        _brotli = Once(static into => new BrotliStream(into, CompressionLevel.SmallestSize));
        _gzip = Once(static into => new GZipStream(into, CompressionLevel.SmallestSize));
        // HTTP's "deflate" is the zlib format (RFC 9110, 8.4.1.2), not the bare deflate stream.
        _deflate = Once(static into => new ZLibStream(into, CompressionLevel.SmallestSize));
    }

    internal string Name { get; }

    internal string ContentType { get; }

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
