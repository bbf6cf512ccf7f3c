using SocketIO.Server;

namespace Documentation.Tests;

public sealed class ClientExamples
{
    [Fact]
    public async Task The_client_is_served_from_a_folder()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "socket.io.js"), "/* mine */");
            var path = folder.FullName;
            await using var server = await ExampleServer.StartAsync(
                _ => { },
                options =>
                {
                    // docs: client-folder
                    options.ClientFolder = path;
                    // end
                });
            using var http = server.CreateHttpClient();
            Assert.Equal("/* mine */", await http.GetStringAsync("/socket.io/socket.io.js"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Older_clients_are_served_from_a_folder()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            folder.CreateSubdirectory("0.6");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "socket.io.v0.9.17.js"), "/* of 2014 */");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "0.6", "socket.io.js"), "/* of 2011 */");
            var path = folder.FullName;
            await using var server = await ExampleServer.StartAsync(
                _ => { },
                options =>
                {
                    // docs: legacy-client-folder
                    options.LegacyClientFolder = path;
                    // end
                });
            using var http = server.CreateHttpClient();
            Assert.Equal("/* of 2014 */", await http.GetStringAsync("/socket.io/socket.io.v0.9.17.js"));
            Assert.Equal("/* of 2011 */", await http.GetStringAsync("/socket.io/0.6/socket.io.js"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_client_can_be_left_out()
    {
        await using var server = await ExampleServer.StartAsync(
            _ => { },
            options =>
            {
                // docs: client-off
                options.ServeClient = false;
                // end
            });
        using var http = server.CreateHttpClient();
        Assert.Equal("""{"code":0,"message":"Transport unknown"}""", await TransportExamples.GetTextAsync(http, "/socket.io/socket.io.js"));
    }
}
