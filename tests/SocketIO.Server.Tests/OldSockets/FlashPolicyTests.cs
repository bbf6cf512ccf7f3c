using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>What Flash asks before it opens a socket, on the port of the application and on one of its own.</summary>
public sealed class FlashPolicyTests
{
    private const string Lines =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE cross-domain-policy SYSTEM \"http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd\">\n<cross-domain-policy>\n"
        + "<allow-access-from domain=\"*\" to-ports=\"*\"/>\n</cross-domain-policy>\n";

    private static readonly byte[] Question = FlashPolicy.Request.ToArray();

    [Fact]
    [Trait("Feature", "J-09")]
    public async Task The_port_of_the_application_answers_the_question_and_ends_the_connection()
    {
        await using var node = await StartAsync();
        using var client = await HixieClient.OpenAsync(node.Address);
        await client.SendAsync(Question);
        Assert.Equal(Lines, await client.ReadToEndAsync());
    }

    [Fact]
    [Trait("Feature", "J-09")]
    public async Task The_question_may_come_in_pieces()
    {
        await using var node = await StartAsync();
        for (var cut = 1; cut < Question.Length; cut++)
        {
            using var client = await HixieClient.OpenAsync(node.Address);
            await client.SendAsync(Question.AsMemory(..cut));
            await client.SendAsync(Question.AsMemory(cut..));
            Assert.Equal(Lines, await client.ReadToEndAsync());
        }
    }

    [Fact]
    [Trait("Feature", "J-02")]
    public async Task Flash_asks_and_then_opens_its_WebSocket_on_the_same_port()
    {
        await using var node = await StartAsync(sockets: static options => options.OldSockets = new());
        using var question = await HixieClient.OpenAsync(node.Address);
        await question.SendAsync(Question);
        Assert.Equal(Lines, await question.ReadToEndAsync());
        using var client = await HixieClient.JoinAsync(node.Address);
        await node.ConnectAsync();
    }

    [Theory]
    [Trait("Feature", "J-09")]
    [InlineData("<policy-file-request/>\n")]
    [InlineData("<policy-file-request>\0 ")]
    [InlineData("<html>\r\n\r\n")]
    public async Task Another_question_is_left_to_the_web_server(string question)
    {
        await using var node = await StartAsync();
        using var client = await HixieClient.OpenAsync(node.Address);
        await client.SendAsync(Encoding.ASCII.GetBytes(question + "\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadHeadersAsync(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Feature", "J-09")]
    public async Task Without_the_option_nobody_is_answered()
    {
        await using var node = await Node.StartAsync(static options => options.OldSockets = new());
        using var client = await HixieClient.OpenAsync(node.Address);
        await client.SendAsync((byte[])[.. Question, .. "\r\n\r\n"u8]);
        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Null(Server(node).EndPoint);
    }

    [Theory]
    [Trait("Feature", "J-08")]
    [InlineData(FlashPolicyForm.Lines, 211)]
    [InlineData(FlashPolicyForm.Compact, 206)]
    public async Task The_policy_server_answers_whether_it_is_asked_or_not(FlashPolicyForm form, int length)
    {
        await using var node = await StartAsync(options => (options.Port, options.Form) = (0, form));
        foreach (var question in (byte[][])[[], Question, [.. "GET / HTTP/1.1\r\n\r\n"u8]])
        {
            using var client = await OpenAsync(node);
            await client.SendAsync(question);
            Assert.Equal(FlashPolicy.CreateDocument(["*:*"], form), Encoding.Latin1.GetBytes(await client.ReadToEndAsync()));
        }

        Assert.Equal(length, FlashPolicy.CreateDocument(["*:*"], form).Length);
    }

    [Fact]
    [Trait("Feature", "G-28")]
    public async Task In_the_form_of_go_socket_io_it_waits_for_the_question_and_lists_the_origins()
    {
        await using var node = await StartAsync(static options =>
        {
            options.Port = 0;
            options.Form = FlashPolicyForm.MasterOnly;
            options.Origins = ["a.example:80", "b.example:*"];
        });
        using var client = await OpenAsync(node);
        await client.SendAsync("<policy-"u8.ToArray());
        await client.SendAsync("file-request"u8.ToArray());
        var document = await client.ReadToEndAsync();
        Assert.Contains("\n\t<site-control permitted-cross-domain-policies=\"master-only\" />\n", document, StringComparison.Ordinal);
        Assert.Contains("\n\t<allow-access-from domain=\"a.example\" to-ports=\"80\" />\n", document, StringComparison.Ordinal);
        Assert.Contains("\n\t<allow-access-from domain=\"b.example\" to-ports=\"*\" />\n", document, StringComparison.Ordinal);

        using var browser = await OpenAsync(node);
        await browser.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        Assert.Equal("", await browser.ReadToEndAsync());
    }

    [Fact]
    [Trait("Feature", "J-08")]
    public async Task A_port_that_cannot_be_had_is_logged_and_the_host_starts_without()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var log = new ServerLog(LogLevel.Warning);
        await using var node = await StartAsync(options => options.Port = ((IPEndPoint)taken.LocalEndpoint).Port, log: log);
        Assert.Contains("There is no Flash policy server on port", Assert.Throws<Xunit.Sdk.TrueException>(log.AssertNoErrors).Message, StringComparison.Ordinal);
        Assert.Null(Server(node).EndPoint);
        await node.ConnectAsync();
    }

    [Fact]
    [Trait("Feature", "J-08")]
    public async Task Those_who_neither_ask_nor_go_are_cut_and_the_next_are_answered()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(
            static options => (options.Port, options.Form, options.MaxConnections) = (0, FlashPolicyForm.MasterOnly, 2),
            time: time);
        using var silent = await OpenAsync(node);
        using var slow = await OpenAsync(node);
        await slow.SendAsync("<policy"u8.ToArray());
        var ends = Task.WhenAll(silent.ReadToEndAsync(), slow.ReadToEndAsync());
        await Patience.Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return ends.IsCompleted;
        });
        Assert.Equal(["", ""], await ends);

        // From here on time stands still: both places are free again.
        for (var i = 0; i < 3; i++)
        {
            using var next = await OpenAsync(node);
            await next.SendAsync(Question);
            Assert.Contains("<cross-domain-policy>", await next.ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Feature", "J-08")]
    public async Task Those_who_send_without_end_are_cut()
    {
        await using var node = await StartAsync(static options => (options.Port, options.MaxConnections) = (0, 1));
        for (var i = 0; i < 3; i++)
        {
            using var flood = await OpenAsync(node);
            await flood.SendAsync(new byte[100_000]);
            await flood.ReadToEndAsync();
        }

        using var client = await OpenAsync(node);
        Assert.Equal(Lines, await client.ReadToEndAsync());
    }

    [Fact]
    [Trait("Feature", "J-08")]
    public async Task A_stopping_host_waits_for_nobody()
    {
        await using var node = await StartAsync(static options => (options.Port, options.Form) = (0, FlashPolicyForm.MasterOnly));
        using var silent = await OpenAsync(node);
        await Patience.Within(node.App.StopAsync());
        Assert.Equal("", await silent.ReadToEndAsync());
    }

    private static FlashPolicyServer Server(Node node) => node.App.Services.GetServices<IHostedService>().OfType<FlashPolicyServer>().Single();

    private static Task<HixieClient> OpenAsync(Node node) => HixieClient.OpenAsync(new UriBuilder("http", "127.0.0.1", ((IPEndPoint)Server(node).EndPoint!).Port).Uri);

    private static Task<Node> StartAsync(
        Action<FlashPolicyOptions>? configure = null,
        Action<SocketIOOptions>? sockets = null,
        TimeProvider? time = null,
        ServerLog? log = null) => Node.StartAsync(
        options =>
        {
            options.FlashPolicy = new() { Origins = ["*:*"], Address = "127.0.0.1" };
            configure?.Invoke(options.FlashPolicy);
            sockets?.Invoke(options);
        },
        builder =>
        {
            builder.Services.AddSingleton(time ?? TimeProvider.System);
            if (log is not null)
            {
                builder.Logging.AddProvider(log);
            }
        });
}
