using System.Text.Json;
using Microsoft.AspNetCore.Cors.Infrastructure;
using SocketIO.Admin;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class AdminExamples
{
    [Fact]
    public async Task A_dashboard_logs_in_with_name_and_password_from_its_page()
    {
        var builder = ExampleServer.CreateBuilder();
        builder.Configuration["Admin:PasswordHash"] = BCrypt.Net.BCrypt.HashPassword("changeit", 4);

        // docs: admin
        builder.Services
            .AddSocketIO(options => options.Cors = new CorsPolicyBuilder("https://admin.socket.io")
                .AllowAnyHeader()
                .WithMethods("GET", "POST")
                .AllowCredentials()
                .Build())
            .UseAdmin(admin =>
            {
                admin.Username = "admin";
                admin.PasswordHash = builder.Configuration["Admin:PasswordHash"];
            });
        // end

        var app = builder.Build();
        app.MapSocketIO();
        await using var server = await ExampleServer.StartAsync(app);
        (string, string) origin = ("Origin", "https://admin.socket.io");
        await Assert.ThrowsAnyAsync<Exception>(() => server.ConnectAsync("/admin", headers: origin));
        await using var dashboard = await server.ConnectAsync("/admin", new { username = "admin", password = "changeit" }, headers: origin);
        Assert.Matches("^[0-9a-f]{16}$", (await NextAsync(dashboard, "session"))[0].GetString());
        var features = (await NextAsync(dashboard, "config"))[0].GetProperty("supportedFeatures").EnumerateArray().Select(static feature => feature.GetString()).ToList();
        Assert.Contains("MDISCONNECT", features);
        Assert.DoesNotContain("ALL_EVENTS", features);
    }

    [Fact]
    public async Task While_developing_everything_is_shown_without_a_password()
    {
        var builder = ExampleServer.CreateBuilder();

        // docs: admin-development
        builder.Services.AddSocketIO().UseAdmin(admin =>
        {
            admin.AllowAnonymous = true;
            admin.Mode = AdminMode.Development;
        });
        // end

        var app = builder.Build();
        app.MapSocketIO();
        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAsync();
        await using var dashboard = await server.ConnectAsync("/admin");
        Assert.Contains((await NextAsync(dashboard, "all_sockets"))[0].EnumerateArray(), socket => socket.GetProperty("id").GetString() == client.Id);
    }

    // What else a dashboard is told comes when it happens.
    private static async Task<JsonElement[]> NextAsync(TestClient dashboard, string name)
    {
        while (true)
        {
            var next = await dashboard.NextAsync();
            if (next.Name == name)
            {
                return [.. next.Args];
            }
        }
    }
}
