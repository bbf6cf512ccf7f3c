using Documentation.Tests;
using Microsoft.AspNetCore.Builder;

namespace Chat.Tests;

public sealed class ChatTests : IAsyncLifetime
{
    private readonly WebApplication _app = ChatApplication.Create("--urls", "http://127.0.0.1:0", "--contentRoot", ChatFolder.Path);

    private string Url => _app.Urls.Single();

    public Task InitializeAsync() => _app.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [ClientFact("chat.browser.mjs", inBrowser: true)]
    public async Task Two_people_chat_in_a_browser()
    {
        var (exitCode, output) = await ClientPrograms.RunAsync("chat.browser.mjs", ["--url", Url]);

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

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("  ", "empty")]
    [InlineData("a name of 25 characters..", "long")]
    [InlineData("ADA", "taken")]
    public async Task A_name_that_nobody_can_have_is_refused(string? name, string code)
    {
        await using var ada = await SignInAsync("Ada");

        var error = await Assert.ThrowsAsync<ConnectErrorException>(() => SignInAsync(name));

        Assert.Equal(code, error.Details!.Value.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_name_is_free_again_when_its_owner_has_left()
    {
        await using (var ada = await SignInAsync("Ada"))
        {
            await ada.EmitWithAckAsync("join", "lobby");
            await using var grace = await SignInAsync("Grace");
            await grace.NextAsync("rooms");
            await ada.DisconnectAsync();
            // Ada has left the room, which everybody is told after the name has been given back.
            await grace.NextAsync("rooms");
        }

        await using var other = await SignInAsync("Ada");
    }

    [Fact]
    public async Task A_tab_takes_its_name_back_from_its_dead_connection()
    {
        await using var before = await SignInAsync("Ada", "tab");

        await using var after = await SignInAsync("Ada", "tab");

        Assert.Equal("io server disconnect", await before.Closed);
    }

    [Fact]
    public async Task Only_members_write_in_a_room()
    {
        await using var ada = await SignInAsync("Ada");

        Assert.False((await ada.EmitWithAckAsync<SentAnswer>("message", "lobby", "hello"))!.Ok);
        Assert.True((await ada.EmitWithAckAsync<JoinAnswer>("join", "lobby"))!.Ok);
        Assert.True((await ada.EmitWithAckAsync<SentAnswer>("message", "lobby", "hello"))!.Ok);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-begins-badly")]
    [InlineData("has a space")]
    [InlineData("a-name-of-more-than-24-chars")]
    [InlineData(null)]
    public async Task A_room_has_a_name_that_can_be_shown(string? room)
    {
        await using var ada = await SignInAsync("Ada");

        Assert.False((await ada.EmitWithAckAsync<JoinAnswer>("join", room))!.Ok);
    }

    [Fact]
    public async Task A_private_message_tells_that_it_has_been_delivered()
    {
        await using var ada = await SignInAsync("Ada");
        await using var grace = (await SignInAsync("Grace")).Answer("private", static _ => true);

        var answer = await ada.EmitWithAckAsync<SentAnswer>("private", grace.Id, "psst");

        Assert.True(answer!.Delivered);
        Assert.False((await ada.EmitWithAckAsync<SentAnswer>("private", "nobody", "psst"))!.Ok);
    }

    private async Task<TestClient> SignInAsync(string? name, string? key = null)
    {
        var client = await TestClient.ConnectAsync(Url, auth: new { name, key });
        await client.NextAsync("welcome");
        return client;
    }
}
