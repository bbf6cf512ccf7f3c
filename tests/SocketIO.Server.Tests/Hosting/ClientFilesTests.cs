using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SocketIO.Server.Tests;

public sealed class ClientFilesTests : IDisposable
{
    private const string Script = "/*!\n * Socket.IO v4.9.1-rc.2\n * (c) somebody\n */\nconsole.log('connected ✓');\n";
    private const string Map = "{\"version\":3}";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("socketio-client-");

    public ClientFilesTests()
    {
        Write("socket.io.js", Script);
        Write("socket.io.js.map", Map);
        Write("secret.txt", "not for you");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_script_is_served_with_the_headers_of_the_reference_server()
    {
        var response = await ServeAsync("socket.io.js");

        Assert.Equal(200, response.StatusCode);
        Assert.Equal("public, max-age=0", response.Headers.CacheControl);
        Assert.Equal("application/javascript; charset=utf-8", response.ContentType);
        Assert.Equal("\"4.9.1-rc.2\"", response.Headers.ETag);
        Assert.False(response.Headers.ContainsKey("Content-Encoding"));
        Assert.Equal(Script, Encoding.UTF8.GetString(BodyOf(response)));
        Assert.Equal(Encoding.UTF8.GetByteCount(Script), response.ContentLength);
    }

    [Fact]
    public async Task A_source_map_is_served_as_json()
    {
        var response = await ServeAsync("socket.io.js.map");

        Assert.Equal("application/json; charset=utf-8", response.ContentType);
        Assert.Equal("\"4.9.1-rc.2\"", response.Headers.ETag);
        Assert.Equal(Map, Encoding.UTF8.GetString(BodyOf(response)));
    }

    [Theory]
    [InlineData("\"4.9.1-rc.2\"")]
    [InlineData("W/\"4.9.1-rc.2\"")]
    [InlineData("\"4.0.0\", \"4.9.1-rc.2\"")]
    [InlineData("*")]
    public async Task A_client_that_has_this_version_gets_304_and_no_body(string known)
    {
        var response = await ServeAsync("socket.io.js", request => request.Headers.IfNoneMatch = known);

        Assert.Equal(304, response.StatusCode);
        Assert.Empty(BodyOf(response));
    }

    [Theory]
    [InlineData("\"4.9.1\"")]
    [InlineData("4.9.1-rc.2")]
    public async Task A_client_that_has_another_version_gets_the_file(string known)
    {
        var response = await ServeAsync("socket.io.js", request => request.Headers.IfNoneMatch = known);

        Assert.Equal(200, response.StatusCode);
        Assert.Equal(Script, Encoding.UTF8.GetString(BodyOf(response)));
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task A_compressed_file_reads_the_same(string coding)
    {
        var response = await ServeAsync("socket.io.js", request => request.Headers.AcceptEncoding = coding);

        Assert.Equal(coding, response.Headers.ContentEncoding);
        Assert.Equal("Accept-Encoding", response.Headers.Vary);
        var body = BodyOf(response);
        Assert.Equal(body.Length, response.ContentLength);
        using Stream plain = coding switch
        {
            "br" => new BrotliStream(new MemoryStream(body), CompressionMode.Decompress),
            "gzip" => new GZipStream(new MemoryStream(body), CompressionMode.Decompress),
            _ => new ZLibStream(new MemoryStream(body), CompressionMode.Decompress),
        };
        Assert.Equal(Script, await new StreamReader(plain).ReadToEndAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Each_form_is_made_once(string? coding)
    {
        var files = new ClientFiles(_folder.FullName);
        Assert.True(files.TryGet("socket.io.js", out var file));

        Assert.Same(await file.GetContentAsync(coding), await file.GetContentAsync(coding));
    }

    [Fact]
    public async Task HEAD_gets_the_headers_without_the_body()
    {
        var response = await ServeAsync("socket.io.js", request => request.Method = "HEAD");

        Assert.Equal(200, response.StatusCode);
        Assert.Equal("\"4.9.1-rc.2\"", response.Headers.ETag);
        Assert.Equal(Encoding.UTF8.GetByteCount(Script), response.ContentLength);
        Assert.Empty(BodyOf(response));
    }

    [Fact]
    public async Task What_CORS_said_of_Vary_is_kept()
    {
        var response = await ServeAsync("socket.io.js", request => request.HttpContext.Response.Headers.Vary = "Origin");

        Assert.Equal("Origin,Accept-Encoding", response.Headers.Vary.ToString());
    }

    [Theory]
    [InlineData("secret.txt")]
    [InlineData("../socket.io.js")]
    [InlineData("SOCKET.IO.JS")]
    [InlineData("socket.io.min.js")]
    [InlineData("")]
    public void Only_the_files_of_the_client_that_are_there_are_served(string name) =>
        Assert.False(new ClientFiles(_folder.FullName).TryGet(name, out _));

    [Fact]
    public void A_bundle_without_a_banner_changes_its_version_with_its_content()
    {
        Write("socket.io.js", "one");
        var before = new ClientFiles(_folder.FullName).Version;
        Write("socket.io.js", "two");

        Assert.NotEqual(before, new ClientFiles(_folder.FullName).Version);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told_by_the_name_of_its_option()
    {
        var missing = Path.Combine(_folder.FullName, "missing");

        var error = Assert.Throws<DirectoryNotFoundException>(() => new ClientFiles(missing));

        Assert.Contains("ClientFolder", error.Message, StringComparison.Ordinal);
        Assert.Contains(missing, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_the_client_is_told_by_the_name_of_its_option()
    {
        var empty = _folder.CreateSubdirectory("empty").FullName;

        var error = Assert.Throws<FileNotFoundException>(() => new ClientFiles(empty));

        Assert.Contains("ClientFolder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_embedded_client_is_whole_or_absent()
    {
        var files = new ClientFiles();

        foreach (var name in (string[])["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"])
        {
            Assert.Equal(!files.IsEmpty, files.TryGet(name, out _));
            Assert.Equal(!files.IsEmpty, files.TryGet(name + ".map", out _));
        }
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder.FullName, name), content);

    private async Task<HttpResponse> ServeAsync(string name, Action<HttpRequest>? change = null)
    {
        var files = new ClientFiles(_folder.FullName);
        Assert.True(files.TryGet(name, out var file));
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Response.Body = new MemoryStream();
        change?.Invoke(context.Request);
        await files.ServeAsync(context, file);
        return context.Response;
    }

    private static byte[] BodyOf(HttpResponse response) => ((MemoryStream)response.Body).ToArray();
}
