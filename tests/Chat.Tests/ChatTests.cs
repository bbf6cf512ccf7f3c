using Microsoft.AspNetCore.Builder;

namespace Chat.Tests;

public sealed class ChatTests : IAsyncLifetime
{
    private readonly WebApplication _app = ChatApplication.Create("--urls", "http://127.0.0.1:0", "--contentRoot", BrowserScript.ChatFolder);

    private string Url => _app.Urls.Single();

    public Task InitializeAsync() => _app.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [BrowserFact]
    public async Task Two_people_chat_in_a_browser()
    {
        var (exitCode, output) = await BrowserScript.RunAsync(Url, TimeSpan.FromMinutes(3));

        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task The_page_and_its_parts_are_served()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Url) };

        Assert.Contains("<script type=\"module\" src=\"chat.js\"", await http.GetStringAsync("/"));
        Assert.Contains("Conversations", await http.GetStringAsync("/chat.js"));
    }

    [Fact]
    public async Task The_health_check_answers()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Url) };

        Assert.Equal("Healthy", await http.GetStringAsync("/healthz"));
    }
}
