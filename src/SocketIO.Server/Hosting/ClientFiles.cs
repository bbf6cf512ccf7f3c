using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SocketIO.Server;

/// <summary>
/// The JavaScript client as the server hands it out below its path: <c>/socket.io/socket.io.js</c> and its siblings,
/// from a folder or else from what the build embedded.
/// </summary>
internal sealed partial class ClientFiles
{
    private const string ResourcePrefix = "client/";
    private const int BannerLength = 256;

    private static readonly string[] Names =
    [
        "socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js",
        "socket.io.js.map", "socket.io.min.js.map", "socket.io.esm.min.js.map", "socket.io.msgpack.min.js.map",
    ];

    private readonly FrozenDictionary<string, ClientFile> _files;
    private readonly EntityTagHeaderValue _tag;

    /// <param name="folder">The <c>dist</c> folder of a socket.io-client package; <see langword="null"/>: the embedded files.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="FileNotFoundException">The folder has none of the client's files.</exception>
    internal ClientFiles(string? folder = null)
        : this(folder is null ? OpenEmbedded() : OpenFolder(folder))
    {
    }

    private ClientFiles(Dictionary<string, Func<Stream>> sources)
    {
        _files = sources.ToFrozenDictionary(
            source => source.Key,
            source => new ClientFile(source.Key, () => ReadAll(source.Value)),
            StringComparer.Ordinal);
        Version = FindVersion(sources.Values);
        _tag = new EntityTagHeaderValue($"\"{Version}\"");
    }

    /// <summary>There is nothing to serve: no folder was named, and the library was built without npm.</summary>
    internal bool IsEmpty => _files.Count == 0;

    /// <summary>The client's version as its files tell it.</summary>
    internal string Version { get; }

    /// <summary>Whether the last segment of a request's path names a file of the client.</summary>
    internal bool TryGet(string fileName, [NotNullWhen(true)] out ClientFile? file) => _files.TryGetValue(fileName, out file);

    /// <summary>Answers a request with a file.</summary>
    internal Task ServeAsync(HttpContext context, ClientFile file) => file.ServeAsync(context, _tag, "public, max-age=0");

    private static Dictionary<string, Func<Stream>> OpenFolder(string folder)
    {
        var root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException(
                $"The folder of the option ClientFolder, '{root}', does not exist. Expected the dist folder of a socket.io-client package.");
        }

        var sources = new Dictionary<string, Func<Stream>>();
        foreach (var name in Names)
        {
            var path = Path.Combine(root, name);
            if (File.Exists(path))
            {
                sources[name] = () => File.OpenRead(path);
            }
        }

        return sources.Count > 0
            ? sources
            : throw new FileNotFoundException(
                $"The folder of the option ClientFolder, '{root}', has no file of the client. Expected socket.io.js and its siblings, as in the dist folder of a socket.io-client package.");
    }

    private static Dictionary<string, Func<Stream>> OpenEmbedded()
    {
        var assembly = typeof(ClientFiles).Assembly;
        var sources = new Dictionary<string, Func<Stream>>();
        foreach (var name in Names)
        {
            var resource = ResourcePrefix + name;
            if (assembly.GetManifestResourceInfo(resource) is not null)
            {
                sources[name] = () => assembly.GetManifestResourceStream(resource)!;
            }
        }

        return sources;
    }

    // A bundle of the user's own making may have no banner: then its content stands for a version.
    private static string FindVersion(IEnumerable<Func<Stream>> sources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var open in sources)
        {
            var content = ReadAll(open);
            var banner = Banner().Match(Encoding.UTF8.GetString(content, 0, Math.Min(content.Length, BannerLength)));
            if (banner.Success)
            {
                return banner.Groups[1].Value;
            }

            hash.AppendData(content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private static byte[] ReadAll(Func<Stream> open)
    {
        using var stream = open();
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    [GeneratedRegex(@"Socket\.IO v(\d[0-9A-Za-z.+-]*)")]
    private static partial Regex Banner();
}
