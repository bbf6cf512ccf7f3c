using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using SocketIO.Client;

namespace SocketIO.Gateway.Tests;

/// <summary>The interface for back-ends, against a cluster of two.</summary>
public sealed partial class PublishTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [RedisFact]
    public async Task Every_call_of_the_documentation_does_what_it_says_and_what_is_wrong_is_told()
    {
        using var redis = new RedisProcess();
        redis.Start();
        string[] settings = ["Silo:Clustering=Redis", "Silo:Redis=" + redis.Address, "Namespaces:0=/chat", "Publish:MaxBodyBytes=2000"];
        await using var first = new GatewayProcess(settings);
        await using var second = new GatewayProcess(settings);
        await first.StartAndWaitAsync();
        await second.StartAndWaitAsync();
        await using var near = await Listener.ConnectAsync(first, answer: 1);
        await using var far = await Listener.ConnectAsync(second, answer: 2);
        await CallAsync(first, "join", new { @namespace = "/chat", sockets = new[] { far.Id }, targets = new[] { "red" } });

        var calls = ReadCalls();
        Assert.Equal(13, calls.Count);
        Assert.Equal("", await RunAsync(calls[0]));
        Assert.Equal("""news ["hello",{"n":1}]""", await near.NextAsync());
        Assert.Equal("""news ["hello",{"n":1}]""", await far.NextAsync());
        Assert.Equal("", await RunAsync(calls[1]));
        Assert.Equal("news [2]", await far.NextAsync());
        Assert.Equal("", await RunAsync(calls[2]));
        Assert.Equal("news [3]", await near.NextAsync());
        var votes = JsonElement.Parse(await RunAsync(calls[3]));
        Assert.True(votes.GetProperty("isComplete").GetBoolean());
        Assert.Equal([1, 2], votes.GetProperty("answers").EnumerateArray().Select(static vote => vote.GetInt32()).Order());
        var socket = JsonElement.Parse(await RunAsync(calls[4])).EnumerateArray().Single();
        Assert.Equal((far.Id, "127.0.0.1"), (socket.GetProperty("id").GetString(), socket.GetProperty("address").GetString()));
        Assert.Equal("", await RunAsync(calls[5]));
        Assert.Equal(["blue", "green", "red"], await GetRoomsAsync());
        Assert.Equal("", await RunAsync(calls[1]));
        Assert.Equal("", await RunAsync(calls[6]));
        Assert.Equal(["green", "red"], await GetRoomsAsync());
        Assert.Equal("", await RunAsync(calls[7]));
        Assert.Equal("""{"members":["ada"],"next":null}""", await RunAsync(calls[8]));
        Assert.Equal("""["team"]""", await RunAsync(calls[9]));
        Assert.Equal("", await RunAsync(calls[10]));
        Assert.Equal("[]", await RunAsync(calls[9]));
        Assert.Equal("", await RunAsync(calls[11]));
        // It was in a room that was excepted: between these nothing has come.
        Assert.Equal("io server disconnect", (await far.Client.Completion.WaitAsync(Patience)).Reason);
        Assert.True(far.IsEmpty);
        var document = JsonElement.Parse(await RunAsync(calls[12]));
        Assert.Equal(
            ["/api/v1/disconnect", "/api/v1/emit", "/api/v1/join", "/api/v1/leave", "/api/v1/members", "/api/v1/rooms", "/api/v1/sockets"],
            document.GetProperty("paths").EnumerateObject().Select(static path => path.Name).Order(StringComparer.Ordinal));

        await RefuseAsync(first, near);

        async Task<string> RunAsync(string call)
        {
            using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", call])
            {
                RedirectStandardOutput = true,
                Environment = { ["PUBLISH"] = $"http://127.0.0.1:{first.PublishPort}", ["KEY"] = GatewayProcess.Key, ["SOCKET"] = near.Id },
            })!;
            return await shell.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        }

        async Task<IEnumerable<string>> GetRoomsAsync()
        {
            using var response = await CallAsync(second, "sockets", new { @namespace = "/chat", sockets = new[] { far.Id } });
            return (await response.Content.ReadFromJsonAsync<JsonElement>())[0].GetProperty("rooms").EnumerateArray().Select(static room => room.GetString()!).Where(room => room != far.Id).Order();
        }
    }

    private static async Task RefuseAsync(GatewayProcess gateway, Listener listener)
    {
        var unknown = new HttpRequestMessage(HttpMethod.Get, "rooms?member=ada") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.Key + ".") } };
        await ExpectAsync(await gateway.Publish.SendAsync(unknown), HttpStatusCode.Unauthorized, "no such key");
        await ExpectAsync(await PostAsync("emit", """{"event":"""), HttpStatusCode.BadRequest, "JSON");
        await ExpectAsync(await PostAsync("emit", """{"args":[]}"""), HttpStatusCode.BadRequest, "'event'");
        await ExpectAsync(await PostAsync("emit", """{"event":"a","romms":["x"]}"""), HttpStatusCode.BadRequest, "romms");
        await ExpectAsync(await PostAsync("emit", """{"event":"disconnect"}"""), HttpStatusCode.BadRequest, "reserved");
        await ExpectAsync(await PostAsync("emit", """{"event":"a","timeout":60001}"""), HttpStatusCode.BadRequest, "allowed: 1 to 60000");
        await ExpectAsync(await PostAsync("emit", $$"""{"event":"a","args":["{{new string('x', 2000)}}"]}"""), HttpStatusCode.RequestEntityTooLarge, "large");
        await ExpectAsync(await PostAsync("emit", """{"event":"a","rooms":null}"""), HttpStatusCode.BadRequest, "rooms");
        await ExpectAsync(await PostAsync("emit", """{"event":"a","rooms":[null]}"""), HttpStatusCode.BadRequest, "");
        await ExpectAsync(await PostAsync("emit", """{"event":"a","namespace":"chat"}"""), HttpStatusCode.BadRequest, "a name with a leading slash");
        await ExpectAsync(await PostAsync("emit", """{"event":"a","namespace":"/a\nb"}"""), HttpStatusCode.BadRequest, "without control characters");
        await ExpectAsync(await gateway.Publish.GetAsync("rooms?member=ada&namespace=chat"), HttpStatusCode.BadRequest, "a name with a leading slash");
        await ExpectAsync(await gateway.Publish.GetAsync("members?room=a&size=1001"), HttpStatusCode.BadRequest, "allowed: 1 to 1000");
        await ExpectAsync(await gateway.Publish.PutAsync($"members?member=ada&room={new string('x', 600)}", null), HttpStatusCode.BadRequest, "");
        Assert.Equal(HttpStatusCode.NotFound, (await gateway.Publish.GetAsync("../../socket.io/?EIO=4&transport=polling")).StatusCode);
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync(gateway.Url + "/api/v1/emit", null)).StatusCode);
        Assert.True(listener.IsEmpty);

        Task<HttpResponseMessage> PostAsync(string path, string body) => gateway.Publish.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
    }

    private static async Task ExpectAsync(HttpResponseMessage response, HttpStatusCode status, string text)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(text, WebUtility.HtmlDecode(Regex.Unescape(await response.Content.ReadAsStringAsync())), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<HttpResponseMessage> CallAsync(GatewayProcess gateway, string path, object body)
    {
        var response = await gateway.Publish.PostAsJsonAsync(path, body);
        response.EnsureSuccessStatusCode();
        return response;
    }

    /// <summary>The commands of the page, each with its further lines.</summary>
    private static List<string> ReadCalls()
    {
        var block = Block().Match(File.ReadAllText(Path.Combine(Repository.Root, "docs", "publish.md"))).Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal);
        return [.. block.Split('\n').Where(static line => line.StartsWith("curl ", StringComparison.Ordinal))];
    }

    [GeneratedRegex("```sh publish\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary>A client that notes what it hears, and answers.</summary>
    private sealed class Listener : IAsyncDisposable
    {
        private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();

        private Listener(GatewayProcess gateway, int answer)
        {
            Client = new SocketIOClient(gateway.Url + "/chat");
            Client.On("news", (ReceivedArguments args) => _heard.Writer.TryWrite($"news [{string.Join(',', Enumerable.Range(0, args.Count - 1).Select(i => args.Get<JsonElement>(i).GetRawText()))}]"));
            Client.On("vote", () => answer);
        }

        public SocketIOClient Client { get; }

        public string Id => Client.Id!;

        public bool IsEmpty => !_heard.Reader.TryPeek(out _);

        public static async Task<Listener> ConnectAsync(GatewayProcess gateway, int answer)
        {
            var listener = new Listener(gateway, answer);
            await listener.Client.ConnectAsync();
            return listener;
        }

        public Task<string> NextAsync() => _heard.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public ValueTask DisposeAsync() => Client.DisposeAsync();
    }
}
