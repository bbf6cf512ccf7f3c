using System.Net;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>The client files of older releases at the paths of their time.</summary>
public sealed class LegacyClientFilesTests : IAsyncLifetime
{
    private const string Script = "var io = {};\n";
    private const string Versioned = "var io = { version: '0.9.17' };\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("socketio-legacy-");
    private readonly ManualTimeProvider _time = new();
    private Node _node = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        Write("socket.io.js", Script);
        Write("socket.io.v0.9.17.js", Versioned);
        Write("socket.io.js.map", "{}");
        Write("0.6/socket.io.js", "var io = 6;\n");
        Write("WebSocketMain.swf", "CWS1");
        Write("lib/vendor/web-socket-js/WebSocketMain.swf", "CWS2");
        Write("static/flashsocket/WebSocketMain.swf", "CWS3");
        Write("static/flashsocket/WebSocketMainInsecure.swf", "CWS4");
        Write("secret.txt", "secret");
        _node = await Node.StartAsync(
            options =>
            {
                options.LegacyClientFolder = _folder.FullName;
                options.Cors = new CorsPolicyBuilder().AllowAnyOrigin().Build();
            },
            builder => builder.Services.AddSingleton<TimeProvider>(_time));
        _http = _node.CreateHttpClient();
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _node.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [Trait("Feature", "J-39")]
    [Trait("Feature", "E-04")]
    [InlineData("socket.io.js", "application/javascript; charset=utf-8", Script)]
    [InlineData("socket.io.js.map", "application/json; charset=utf-8", "{}")]
    [InlineData("0.6/socket.io.js", "application/javascript; charset=utf-8", "var io = 6;\n")]
    [InlineData("WebSocketMain.swf", "application/x-shockwave-flash", "CWS1")]
    [InlineData("lib/vendor/web-socket-js/WebSocketMain.swf", "application/x-shockwave-flash", "CWS2")]
    [InlineData("static/flashsocket/WebSocketMain.swf", "application/x-shockwave-flash", "CWS3")]
    [InlineData("static/flashsocket/WebSocketMainInsecure.swf", "application/x-shockwave-flash", "CWS4")]
    public async Task A_file_of_the_folder_is_served_at_its_path_and_kept_by_its_tag(string path, string contentType, string content)
    {
        using var answer = await _http.GetAsync("/socket.io/" + path + "?v=1");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(contentType, answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("public, max-age=0", CacheControl(answer));
        Assert.Equal(content, await answer.Content.ReadAsStringAsync());
        using var again = new HttpRequestMessage(HttpMethod.Get, "/socket.io/" + path) { Headers = { { "If-None-Match", answer.Headers.ETag!.ToString() } } };
        using var unchanged = await _http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Theory]
    [Trait("Feature", "X-07")]
    [InlineData("socket.io.v0.9.17.js", Versioned)]
    [InlineData("socket.io.v0.9.16.js", Script)]
    [InlineData("socket.io.v1.22.333.js", Script)]
    public async Task A_name_with_a_version_is_kept_for_ten_years(string name, string content)
    {
        using var answer = await _http.GetAsync("/socket.io/" + name);

        Assert.Equal(content, await answer.Content.ReadAsStringAsync());
        Assert.Equal("private, x-gzip-ok=\"\", max-age=315360000", CacheControl(answer));
        Assert.Equal(_time.GetUtcNow().AddSeconds(315_360_000), answer.Content.Headers.Expires);
    }

    [Theory]
    [Trait("Feature", "X-07")]
    [InlineData("socket.io+websocket.js", Script + "\n;io.transports = [\"websocket\"];\n")]
    [InlineData("socket.io+xhr-polling+websocket.js", Script + "\n;io.transports = [\"websocket\", \"xhr-polling\"];\n")]
    [InlineData("socket.io+jsonp-polling+htmlfile+flashsocket.v0.9.17.js", Versioned + "\n;io.transports = [\"flashsocket\", \"htmlfile\", \"jsonp-polling\"];\n")]
    public async Task A_name_with_transports_is_a_client_that_tries_those_alone(string name, string content)
    {
        using var answer = await _http.GetAsync("/socket.io/" + name);
        using var again = await _http.GetAsync("/socket.io/" + name);

        Assert.Equal(content, await answer.Content.ReadAsStringAsync());
        Assert.Equal(answer.Headers.ETag, again.Headers.ETag);
        Assert.Equal("application/javascript; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
    }

    [Theory]
    [InlineData("secret.txt")]
    [InlineData("socket.io+carrier-pigeon.js")]
    [InlineData("socket.io+websocket%22%5D;alert(1);.js")]
    [InlineData("0.6/socket.io.v0.6.3.js")]
    [InlineData("../secret.txt")]
    [InlineData("..%2fsecret.txt")]
    public async Task Any_other_name_goes_to_the_engine(string name)
    {
        using var answer = await _http.GetAsync("/socket.io/" + name);

        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Pages_of_other_origins_may_load_them_under_the_servers_policy()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/socket.io/socket.io.js") { Headers = { { "Origin", "https://page.example" } } };

        using var answer = await _http.SendAsync(request);

        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact]
    public void A_folder_without_such_files_is_named_with_what_is_expected()
    {
        var empty = Path.Combine(_folder.FullName, "empty");
        Directory.CreateDirectory(empty);

        var error = Assert.Throws<FileNotFoundException>(() => new LegacyClientFiles(empty, _time));

        Assert.Contains("LegacyClientFolder", error.Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => new LegacyClientFiles(Path.Combine(empty, "none"), _time));
    }

    private static string CacheControl(HttpResponseMessage answer) => string.Join(", ", answer.Headers.NonValidated["Cache-Control"]);

    private void Write(string path, string content)
    {
        var file = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
