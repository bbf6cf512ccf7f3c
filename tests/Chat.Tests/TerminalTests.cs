using System.Threading.Channels;
using ChatTerminal;
using Documentation.Tests;
using Microsoft.AspNetCore.Builder;
using SocketIO.Client;

namespace Chat.Tests;

/// <summary>The sample that chats by the .NET client.</summary>
public sealed class TerminalTests : IAsyncLifetime
{
    private readonly WebApplication _app = ChatApplication.Create("--urls", "http://127.0.0.1:0", "--contentRoot", ChatFolder.Path);

    private string Url => _app.Urls.Single();

    public Task InitializeAsync() => _app.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Two_people_chat_in_terminals_with_a_third_elsewhere()
    {
        var ada = new Typist(Url, "Ada");
        await ada.SeesAsync("* you are Ada");
        ada.Types("/join lobby");
        await ada.SeesAsync("* in lobby: Ada");
        var grace = new Typist(Url, "Grace");
        await grace.SeesAsync("* you are Grace");
        grace.Types("/join lobby");
        await grace.SeesAsync("* in lobby: Ada, Grace");
        await ada.SeesAsync("* in lobby: Ada, Grace");

        ada.Types("hello ☃");
        await grace.SeesAsync("[lobby] Ada: hello ☃");
        grace.Types("/to ada psst, Ada");
        await ada.SeesAsync("Grace whispers: psst, Ada");
        await using (var page = await TestClient.ConnectAsync(Url, auth: new { name = "Page" }))
        {
            await page.EmitWithAckAsync("join", "lobby");
            await page.EmitWithAckAsync("image", "lobby", new { name = "a.png", type = "image/png", bytes = new byte[] { 1, 2, 3 } });
        }

        await ada.SeesAsync("* in lobby: Ada, Grace, Page");
        await ada.SeesAsync("[lobby] Page shows a.png, 3 bytes");
        await ada.SeesAsync("* in lobby: Ada, Grace");
        ada.Types("/quit");
        await ada.Ended;
        await grace.SeesAsync("* in lobby: Ada, Grace, Page", "[lobby] Page shows a.png, 3 bytes", "* in lobby: Ada, Grace", "* in lobby: Grace");
        await _app.StopAsync();
        await grace.SeesAsync("* transport close");
        await grace.Ended;
    }

    [Fact]
    public async Task What_can_not_be_done_is_said()
    {
        var ada = new Typist(Url, "Ada");
        await ada.SeesAsync("* you are Ada");

        ada.Types("hello");
        await ada.SeesAsync("* You are not in this room.");
        ada.Types("/join -");
        await ada.SeesAsync("* A room's name has up to 24 letters, digits, - and _.");
        ada.Types("/to nobody psst");
        await ada.SeesAsync("* This person has left.");
        ada.Types("/dance");
        await ada.SeesAsync("* /dance is none of /join ROOM, /to NAME TEXT, /quit");
        var second = new Typist(Url, "ada");
        Assert.Contains("taken", (await Assert.ThrowsAsync<ConnectException>(() => second.Ended)).Message);
        ada.Types("/quit");
        await ada.Ended;
    }

    /// <summary>Somebody at a terminal.</summary>
    private sealed class Typist
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

        private readonly Channel<string> _typed = Channel.CreateUnbounded<string>();
        private readonly Channel<string> _shown = Channel.CreateUnbounded<string>();
        private readonly Task _running;

        public Typist(string url, string name) => _running = new Terminal(new Keyboard(_typed), new Screen(_shown)).RunAsync(url, name);

        public Task Ended => _running.WaitAsync(Patience);

        public void Types(string line) => Assert.True(_typed.Writer.TryWrite(line));

        public async Task SeesAsync(params string[] lines)
        {
            foreach (var line in lines)
            {
                Assert.Equal(line, await _shown.Reader.ReadAsync().AsTask().WaitAsync(Patience));
            }
        }
    }

    private sealed class Keyboard(Channel<string> lines) : TextReader
    {
        public override async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken) => await lines.Reader.ReadAsync(cancellationToken);
    }

    private sealed class Screen(Channel<string> lines) : StringWriter
    {
        public override void WriteLine(string? value) => lines.Writer.TryWrite(value!);
    }
}
