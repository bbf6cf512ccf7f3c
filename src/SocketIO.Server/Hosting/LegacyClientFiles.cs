// Pages of their time ask for the client at the paths of their time: plain, with a version that lets it be cached for ten years, or with the transports it is to have.
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SocketIO.Server;

/// <summary>
/// Client files of older releases, each at its path in a folder: <c>/socket.io/socket.io.js</c>, <c>/socket.io/static/flashsocket/WebSocketMain.swf</c>. Of the scripts
/// that are there, names with a version and names with transports are understood as well, as servers 0.7 to 0.9 did.
/// </summary>
internal sealed partial class LegacyClientFiles
{
    private const string Script = "socket.io";
    private static readonly TimeSpan VersionLifetime = TimeSpan.FromSeconds(315_360_000);
    private static readonly string[] Extensions = [".js", ".map", ".swf"];

    // In the order in which clients 0.7 to 0.9 try them.
    private static readonly string[] TransportOrder = ["websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling"];

    private readonly FrozenDictionary<string, TaggedFile> _files;
    private readonly ConcurrentDictionary<(string Script, int Transports), TaggedFile> _bundles = new();
    private readonly TimeProvider _time;

    /// <param name="folder">The folder.</param>
    /// <param name="time">The clock, for when what has a version expires.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="FileNotFoundException">The folder has none of the files that clients ask for.</exception>
    internal LegacyClientFiles(string folder, TimeProvider time)
    {
        _time = time;
        var root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"The folder of the option LegacyClientFolder, '{root}', does not exist. Expected a folder with client files of older releases.");
        }

        _files = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(static path => Extensions.Contains(Path.GetExtension(path)))
            .ToFrozenDictionary(
                path => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/'),
                static path => new TaggedFile(Path.GetFileName(path), File.ReadAllBytes(path)),
                StringComparer.Ordinal);
        if (_files.Count == 0)
        {
            throw new FileNotFoundException(
                $"The folder of the option LegacyClientFolder, '{root}', has no file of a client. Expected scripts (.js), their maps (.map) or Flash files (.swf) at the paths below which they are asked for.");
        }
    }

    /// <summary>Serves the file at a path below the endpoint's.</summary>
    /// <returns><see langword="null"/>: there is none.</returns>
    internal Func<HttpContext, Task>? Find(string path)
    {
        var name = ScriptName().Match(path);
        var version = name.Groups["version"];
        if (!name.Success || Parse(name.Groups["transport"].Captures) is not { } transports)
        {
            return _files.GetValueOrDefault(path) is { } file ? context => file.ServeAsync(context, "public, max-age=0") : null;
        }

        // The version is there for caches: which release it is of is the folder's business, unless it has that very file.
        var script = _files.ContainsKey(Script + version.Value + ".js") ? Script + version.Value + ".js" : Script + ".js";
        if (!_files.TryGetValue(script, out var found))
        {
            return null;
        }

        if (transports != 0)
        {
            found = _bundles.GetOrAdd((script, transports), static (key, plain) => Restrict(plain, key.Transports), found);
        }

        return version.Success ? context => ServeForYearsAsync(context, found) : context => found.ServeAsync(context, "public, max-age=0");
    }

    private Task ServeForYearsAsync(HttpContext context, TaggedFile file)
    {
        context.Response.Headers.Expires = (_time.GetUtcNow() + VersionLifetime).ToString("R", CultureInfo.InvariantCulture);
        return file.ServeAsync(context, $"private, x-gzip-ok=\"\", max-age={VersionLifetime.TotalSeconds:0}");
    }
    /// <summary>A bit for each transport; <see langword="null"/> where one of them is unknown.</summary>
    private static int? Parse(CaptureCollection names)
    {
        var transports = 0;
        foreach (Capture name in names)
        {
            var index = Array.IndexOf(TransportOrder, name.Value);
            if (index < 0)
            {
                return null;
            }

            transports |= 1 << index;
        }

        return transports;
    }

    // Servers of the time put the script together from its sources; that it tries the others no more comes to the same.
    private static TaggedFile Restrict(TaggedFile script, int transports)
    {
        var names = TransportOrder.Where((_, index) => (transports & (1 << index)) != 0).Select(static name => $"\"{name}\"");
        return new TaggedFile(Script + ".js", [.. script.Content, .. Encoding.ASCII.GetBytes($"\n;io.transports = [{string.Join(", ", names)}];\n")]);
    }

    [GeneratedRegex(@"^socket\.io(?:\+(?<transport>[a-z-]+))*(?<version>\.v\d+\.\d+\.\d+)?\.js$")]
    private static partial Regex ScriptName();

    /// <summary>A file, and the tag that stands for what is in it.</summary>
    private sealed class TaggedFile(string name, byte[] content)
    {
        private readonly ClientFile _file = new(name, () => content);
        private readonly EntityTagHeaderValue _tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"");

        public byte[] Content => content;

        public Task ServeAsync(HttpContext context, string cacheControl) => _file.ServeAsync(context, _tag, cacheControl);
    }
}
