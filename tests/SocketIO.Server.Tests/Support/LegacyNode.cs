using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>An HTTP answer.</summary>
internal sealed record LegacyAnswer(HttpStatusCode Status, string Body, string ContentType, HttpResponseMessage Message)
{
    public string? Header(string name) =>
        Message.Headers.TryGetValues(name, out var values) || Message.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;
}

/// <summary>A server of clients of all years, on a clock of its own, asked for by hand as those clients ask.</summary>
internal sealed class LegacyNode : IAsyncDisposable
{
    private readonly List<string> _told = [];

    private LegacyNode(Node node, ManualTimeProvider time)
    {
        Node = node;
        Time = time;
        Http = new HttpClient(new SocketsHttpHandler
        {
            UseCookies = false,
            MaxConnectionsPerServer = 100,
            // A stream that is given up is closed at once, and not read on in the hope of its end.
            MaxResponseDrainSize = 0,
        })
        { BaseAddress = node.Address };
    }

    public Node Node { get; }

    public ManualTimeProvider Time { get; }

    public HttpClient Http { get; }

    public SocketIOServer Io => Node.Io;

    /// <summary>What the application has been told of: <c>connection</c>, <c>message …</c>, <c>disconnect …</c>.</summary>
    public IReadOnlyList<string> Told
    {
        get
        {
            lock (_told)
            {
                return [.. _told];
            }
        }
    }

    /// <summary>Starts a server whose application writes down what it is told and does no more, unless told to.</summary>
    public static async Task<LegacyNode> StartAsync(
        Generations generations = Generations.All,
        Action<SocketIOOptions>? configure = null,
        Action<Socket>? onConnection = null,
        Action<WebApplication>? map = null)
    {
        var time = new ManualTimeProvider();
        var node = await Node.StartAsync(
            options =>
            {
                options.Generations = generations;
                configure?.Invoke(options);
            },
            builder => builder.Services.AddSingleton<TimeProvider>(time),
            map ?? (static app => app.MapSocketIO()));
        var legacy = new LegacyNode(node, time);
        node.Io.OnConnection(socket =>
        {
            legacy.Tell("connection");
            socket.On("message", (JsonElement message) => legacy.Tell($"message {message.GetRawText()}"));
            socket.OnDisconnect(end => legacy.Tell($"disconnect {end.Reason}"));
            socket.OnError(error => legacy.Tell($"error {error.GetType().Name}"));
            onConnection?.Invoke(socket);
        });
        return legacy;
    }

    /// <summary>An application that sends every message back.</summary>
    public static Action<Socket> Echo => static socket => socket.On("message", (JsonElement message) => socket.Send(message));

    public void Tell(string what)
    {
        lock (_told)
        {
            _told.Add(what);
        }
    }

    public Task UntilToldAsync(string what) => Patience.Until(() => Told.Contains(what));

    public Task<LegacyAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => AskAsync(HttpMethod.Get, path, null, headers);

    /// <summary>Asks for what is not answered: the connection ends.</summary>
    public Task GetInVainAsync(string path) => Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(path));

    /// <summary>Posts a field as scripts do.</summary>
    public Task<LegacyAnswer> PostAsync(string path, string data, params (string Name, string Value)[] headers) =>
        AskAsync(HttpMethod.Post, path, new StringContent("data=" + Uri.EscapeDataString(data), Encoding.UTF8, "application/x-www-form-urlencoded"), headers);

    public async Task<LegacyAnswer> AskAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var answer = await Patience.Within(Http.SendAsync(request));
        return new LegacyAnswer(answer.StatusCode, await Patience.Within(answer.Content.ReadAsStringAsync()), answer.Content.Headers.ContentType?.ToString() ?? "", answer);
    }

    /// <summary>Begins a session that polls as clients 0.5 and 0.6 do, and gives its id.</summary>
    public async Task<string> BeginPollingAsync(string transport = "xhr-polling")
    {
        var greeting = await GetAsync($"/socket.io/{transport}//1");
        Assert.Matches(@"^~m~\d+~m~", greeting.Body);
        return greeting.Body[greeting.Body.LastIndexOf('~')..][1..];
    }

    /// <summary>Waits until a poll of the session is here.</summary>
    public Task UntilPolledAsync(string id) => Patience.Until(() => Io.Engine.Connections.Any(connection => connection.Id == id && connection.CurrentTransport is PollingTransport { CanWrite: true }));

    /// <summary>Begins a response that does not end.</summary>
    public async Task<LegacyStream> OpenStreamAsync(string path)
    {
        var response = await Patience.Within(Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new LegacyStream(response, await response.Content.ReadAsStreamAsync());
    }

    public async Task<LegacyWebSocket> OpenWebSocketAsync(string path)
    {
        var socket = new ClientWebSocket();
        await Patience.Within(socket.ConnectAsync(new UriBuilder(Node.Address) { Scheme = "ws", Path = path }.Uri, CancellationToken.None));
        return new LegacyWebSocket(socket);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Node.DisposeAsync();
    }
}

/// <summary>A response that does not end.</summary>
internal sealed class LegacyStream(HttpResponseMessage response, Stream body) : IDisposable
{
    private readonly StringBuilder _text = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    public string ContentType => response.Content.Headers.ContentType!.ToString();

    /// <summary>Reads on until the text is there, and gives all of it that has come.</summary>
    public Task<string> ReadUntilAsync(string text) => ReadUntilAsync(all => all.Contains(text, StringComparison.Ordinal));

    /// <summary>Reads on until there is enough, and gives all that has come.</summary>
    public async Task<string> ReadUntilAsync(Func<string, bool> isEnough)
    {
        var bytes = new byte[4096];
        var characters = new char[4096];
        while (!isEnough(_text.ToString()))
        {
            var read = await Patience.Within(body.ReadAsync(bytes).AsTask());
            Assert.True(read > 0, $"The response has ended after: {_text}");
            _text.Append(characters, 0, _decoder.GetChars(bytes, 0, read, characters, 0));
        }

        return _text.ToString();
    }

    /// <summary>Reads on to the end, and gives all of it.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var reader = new StreamReader(body);
        return _text + await Patience.Within(reader.ReadToEndAsync());
    }

    public void Dispose() => response.Dispose();
}

/// <summary>A WebSocket as a browser has it.</summary>
internal sealed class LegacyWebSocket(ClientWebSocket socket) : IDisposable
{
    public Task SendAsync(string text) =>
        Patience.Within(socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None));

    /// <summary>The next message; null: the server has closed.</summary>
    public async Task<string?> ReceiveAsync()
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var result = await Patience.Within(socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None).AsTask());
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            length += result.Count;
            if (result.EndOfMessage)
            {
                return Encoding.UTF8.GetString(buffer, 0, length);
            }
        }
    }

    public async Task<string[]> ReceiveAsync(int count)
    {
        var messages = new string[count];
        for (var i = 0; i < count; i++)
        {
            messages[i] = await ReceiveAsync() ?? "closed";
        }

        return messages;
    }

    public Task CloseAsync() => Patience.Within(socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None));

    public void Abort() => socket.Abort();

    public void Dispose() => socket.Dispose();
}
