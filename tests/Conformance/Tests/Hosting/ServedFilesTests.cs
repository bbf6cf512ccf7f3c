using System.Net;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace SocketIO.Conformance.Tests;

/// <summary>The client's files below the server's path.</summary>
public sealed class ServedFilesTests : IDisposable
{
    private const string Script = "/*!\n * Socket.IO v4.8.4\n */\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("socketio-client-");

    public ServedFilesTests()
    {
        foreach (var name in (string[])["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"])
        {
            File.WriteAllText(Path.Combine(_folder.FullName, name), Script);
            File.WriteAllText(Path.Combine(_folder.FullName, name + ".map"), "{}");
        }

        File.WriteAllText(Path.Combine(_folder.FullName, "secret.txt"), "secret");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("socket.io.js", "application/javascript; charset=utf-8")]
    [InlineData("socket.io.min.js", "application/javascript; charset=utf-8")]
    [InlineData("socket.io.esm.min.js", "application/javascript; charset=utf-8")]
    [InlineData("socket.io.msgpack.min.js", "application/javascript; charset=utf-8")]
    [InlineData("socket.io.js.map", "application/json; charset=utf-8")]
    [InlineData("socket.io.min.js.map", "application/json; charset=utf-8")]
    [InlineData("socket.io.esm.min.js.map", "application/json; charset=utf-8")]
    [InlineData("socket.io.msgpack.min.js.map", "application/json; charset=utf-8")]
    public async Task Every_bundle_and_its_map_is_served(string name, string contentType)
    {
        await using var host = await StartAsync();

        using var response = await host.Http.GetAsync("/socket.io/" + name);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.ToString());
        Assert.Equal("public, max-age=0", string.Join(", ", response.Headers.NonValidated["Cache-Control"]));
        Assert.Equal("\"4.8.4\"", response.Headers.ETag?.ToString());
    }

    [Theory]
    [InlineData("\"4.8.4\"")]
    [InlineData("W/\"4.8.4\"")]
    public async Task A_browser_that_has_the_version_gets_304(string tag)
    {
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/socket.io/socket.io.js") { Headers = { { "If-None-Match", tag } } };

        using var response = await host.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("secret.txt")]
    [InlineData("socket.io.css")]
    [InlineData("../secret.txt")]
    public async Task Any_other_name_goes_to_the_engine(string name)
    {
        await using var host = await StartAsync();

        using var response = await host.Http.GetAsync("/socket.io/" + Uri.EscapeDataString(name));

        Assert.Equal("""{"code":0,"message":"Transport unknown"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Nothing_is_served_where_that_is_switched_off()
    {
        await using var host = await TestServerHost.StartSocketIOAsync(options =>
        {
            options.ClientFolder = _folder.FullName;
            options.ServeClient = false;
        });

        using var response = await host.Http.GetAsync("/socket.io/socket.io.js");

        Assert.Equal("""{"code":0,"message":"Transport unknown"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Pages_of_other_origins_may_load_them_under_the_servers_policy()
    {
        await using var host = await TestServerHost.StartSocketIOAsync(options =>
        {
            options.ClientFolder = _folder.FullName;
            options.Cors = new CorsPolicyBuilder().AllowAnyOrigin().Build();
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/socket.io/socket.io.js") { Headers = { { "Origin", "https://page.example" } } };

        using var response = await host.Http.SendAsync(request);

        Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    private Task<TestServerHost> StartAsync() => TestServerHost.StartSocketIOAsync(options => options.ClientFolder = _folder.FullName);
}
