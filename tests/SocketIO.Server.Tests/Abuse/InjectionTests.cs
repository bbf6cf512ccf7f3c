using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>What clients say comes back in scripts, pages, headers and documents of every generation, and never as a part of them.</summary>
public sealed class InjectionTests
{
    // One call, of a function that a number names, with one literal.
    private const string Call =
        @"^(io\.JSONP\[[0-9]{1,10}\]\._|io\.j\[[0-9]{1,10}\]|___eio\[[0-9]{1,10}\])"
        + @"\(""[^""\\\r\n\u2028\u2029]*(\\[^\r\n\u2028\u2029][^""\\\r\n\u2028\u2029]*)*""\);$";

    private static readonly string[] Indexes =
    [
        "0);alert(1);(0", "0];alert(1);//", "\"", "'", "</script><script>alert(1)//", "\u2028alert(1)", "\n1", "1\r\nX-Injected: 1", "-1", "+1", "1.5", "1e3", "0x1", " 1", "٣", "９", "constructor",
        "99999999999999999999", "",
    ];

    private static readonly string[] Texts =
    [
        "</script><script>alert(1)</script>", "</SCRIPT\n>", "<!--<script>", "-->", "]]>", "\"+alert(1)+\"", "'+alert(1)+'", "\\", "\\\"", "\\u0022", "${alert(1)}", "a\u2028b\u2029c", "\r\n\t\b\f\v",
        string.Concat(Enumerable.Range(0, 32).Select(static code => (char)code)) + "\u007f\u0080\u009f",
        "\ufeff\ufffe\uffff\ufffd", "😀\ud83d\ude00", "&lt;/script&gt;&quot;", ", document);</script>",
    ];

    private static readonly string[] Origins =
    [
        "http://a\r\n X-Injected: 1", "http://a\nX-Injected: 1", "http://a\rX-Injected: 1", "http://a\0b",
        "http://a\u0001b", "http://a\u007fb", "http://é", "http://☃", "http://a\"b", "http://a b;c,d", "<script>",
    ];

    public static TheoryData<string> ScriptUrls =>
    [
        "/socket.io/jsonp-polling//1/{index}",
        "/socket.io/1/?t=1&jsonp={index}",
        "/socket.io/1/jsonp-polling/nosuch?t=1&i={index}",
        "/socket.io/?EIO=3&transport=polling&j={index}",
        "/socket.io/?EIO=4&transport=polling&j={index}",
    ];

    public static TheoryData<string, Generations> Scripts => new()
    {
        { "0.6 jsonp", Generations.Version06 },
        { "0.7 of winter 2010 jsonp", Generations.Development07 },
        { "0.9 jsonp", Generations.Version09 },
        { "2.5 jsonp", Generations.EngineIO3 },
        { "4 jsonp", Generations.Current },
        { "0.2 htmlfile", Generations.Version02 },
        { "0.6 htmlfile", Generations.Version06 },
        { "0.7 of winter 2010 htmlfile", Generations.Development07 },
        { "0.9 htmlfile", Generations.Version09 },
    };

    public static TheoryData<string, bool> Handshakes
    {
        get
        {
            var data = new TheoryData<string, bool>();
            string[] paths =
            [
                "/socket.io/xhr-polling//1", "/socket.io/jsonp-polling//1/0", "/socket.io/1/", "/socket.io/?EIO=3&transport=polling", "/socket.io/?EIO=4&transport=polling",
            ];
            foreach (var path in paths)
            {
                data.Add(path, false);
                data.Add(path, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ScriptUrls))]
    public async Task The_index_of_a_function_is_a_number_whatever_the_client_says(string url)
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.AllowJsonp = true);
        foreach (var index in Indexes)
        {
            var answer = await node.GetAsync(url.Replace("{index}", Uri.EscapeDataString(index), StringComparison.Ordinal));

            Assert.Null(answer.Header("X-Injected"));
            // A handshake of clients 0.7 to 0.9 without a number is none of a script.
            if (answer.ContentType != "text/plain")
            {
                Assert.Matches(Call, answer.Body);
            }
            else
            {
                Assert.Matches("^[0-9A-Za-z_-]{20}:60:60:[a-z,-]+$", answer.Body);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task No_text_ends_its_literal_and_every_text_is_read_as_it_was(string client, Generations generation)
    {
        await using var node = await LegacyNode.StartAsync(generation, static options => options.AllowJsonp = true);
        var script = await ScriptSession.OpenAsync(node, client);
        await Patience.Until(() => node.Io.Sockets.Sockets.Count == 1);
        foreach (var text in Texts)
        {
            node.Io.Send(text);
            var (raw, literal) = await script.ReadAsync();

            Assert.DoesNotContain(raw, static character => character is < ' ' or '\u2028' or '\u2029');
            if (script.IsPage)
            {
                Assert.DoesNotContain('<', raw);
            }

            Assert.Equal(text, ReadText(generation, literal));
        }
    }

    [Theory]
    [MemberData(nameof(Handshakes))]
    public async Task An_origin_is_echoed_as_a_whole_or_not_at_all_and_is_no_failure_of_the_server(string path, bool allowsAnything)
    {
        using var log = new ServerLog();
        var policy = new CorsPolicyBuilder().SetIsOriginAllowed(static _ => true).AllowCredentials();
        await using var node = await Node.StartAsync(
            options =>
            {
                options.Generations = Generations.All;
                options.AllowJsonp = true;
                options.ShutdownTimeout = TimeSpan.Zero;
                options.Cors = (allowsAnything ? policy.AllowAnyHeader().AllowAnyMethod() : policy).Build();
            },
            builder => builder.Logging.AddProvider(log));
        foreach (var origin in Origins)
        {
            // What a line feed ends is all that the server has of the header.
            var seen = origin.Split('\n')[0];
            var isSafe = seen.All(static character => character is >= ' ' and <= '~');
            var get = await AskAsync(node, "GET", path, $"Origin: {origin}");
            var preflight = await AskAsync(node, "OPTIONS", path, $"Origin: {origin}\r\nAccess-Control-Request-Method: POST");
            Assert.Equal((origin, isSafe ? seen : null, isSafe ? seen : null), (origin, EchoOf(get), EchoOf(preflight)));
            await AskAsync(node, "OPTIONS", path, $"Origin: http://b.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: {origin}");
            await AskAsync(node, "OPTIONS", path, $"Origin: http://b.example\r\nAccess-Control-Request-Method: {origin}");
        }

        log.AssertNoErrors();
    }

    [Theory]
    [InlineData("Origin: http://b.example", "Origin: http://b\"><script>", true)]
    [InlineData("Origin: http://b.example", "Origin: http://b c;d,e", true)]
    [InlineData("Host: a.example:81", "Host: a\"b", false)]
    [InlineData("Host: a.example:81", "Host: a b", false)]
    [InlineData("Host: a.example:81", "Host: <script>", false)]
    [InlineData("GET /socket.io/", "GET /socket.io/\"><script>/../", true)]
    [InlineData("Connection: Upgrade", "Connection: Upgrade\r\nSec-WebSocket-Protocol: a\nX-Injected: 1", false)]
    [InlineData("Connection: Upgrade", "Connection: Upgrade\r\nSec-WebSocket-Protocol: a\0X-Injected: 1", false)]
    [InlineData("Connection: Upgrade", "Connection: Upgrade\r\nWebSocket-Protocol: a\rX-Injected: 1", false)]
    public async Task The_answer_of_a_draft_has_its_own_headers_and_no_others(string part, string hostile, bool mayBeAnswered)
    {
        await using var node = await Node.StartAsync(static options => options.OldSockets = new());
        foreach (var draft in (WebSocketDrafts[])[WebSocketDrafts.Hixie75, WebSocketDrafts.Hixie76])
        {
            using var client = await HixieClient.OpenAsync(node.Address);
            await client.SendAsync(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(HixieClient.Handshake(draft)).Replace(part, hostile, StringComparison.Ordinal)));

            var head = await client.ReadHeadersAsync();

            Assert.DoesNotContain("X-Injected", head, StringComparison.Ordinal);
            if (head.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
            {
                Assert.True(mayBeAnswered, head);
                var names = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..].Select(static line => line[..line.IndexOf(':', StringComparison.Ordinal)]);
                var prefix = draft == WebSocketDrafts.Hixie76 ? "Sec-" : "";
                Assert.Equal(["Upgrade", "Connection", prefix + "WebSocket-Origin", prefix + "WebSocket-Location"], names);
            }
        }
    }

    [Theory]
    [InlineData("\"/><allow-access-from_domain=\"*")]
    [InlineData("a&b<c>d'e")]
    [InlineData("]]>&#x22;-->")]
    public async Task A_policy_names_the_origins_of_the_options_and_nothing_that_they_could_be_read_as(string domain)
    {
        await using var node = await Node.StartAsync(options => options.FlashPolicy = new FlashPolicyOptions { Origins = { domain + ":80,443", "*.example:*" }, Address = "127.0.0.1", Port = 0 });
        var policyServer = node.App.Services.GetServices<IHostedService>().OfType<FlashPolicyServer>().Single();
        foreach (var port in (int[])[node.Address.Port, ((IPEndPoint)policyServer.EndPoint!).Port])
        {
            using var client = await HixieClient.OpenAsync(new UriBuilder("http", "127.0.0.1", port).Uri);
            await client.SendAsync(FlashPolicy.Request.ToArray());
            using var reader = XmlReader.Create(new StringReader(await client.ReadToEndAsync()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });

            var origins = new List<string>();
            while (reader.Read())
            {
                if (reader.NodeType == XmlNodeType.Element && reader.Depth > 0)
                {
                    Assert.Equal(("allow-access-from", 2), (reader.Name, reader.AttributeCount));
                    origins.Add($"{reader["domain"]} {reader["to-ports"]}");
                }
            }

            Assert.Equal([domain + " 80,443", "*.example *"], origins);
        }
    }

    /// <summary>The head of an answer that is none of a failure, and has no header that a request has made.</summary>
    private static async Task<string> AskAsync(Node node, string method, string path, string headers)
    {
        using var connection = await RawConnection.OpenAsync(node.Address);
        await connection.SendAsync(Encoding.UTF8.GetBytes($"{method} {path} HTTP/1.1\r\nHost: a\r\n{headers}\r\nConnection: close\r\n\r\n"));
        var head = await connection.ReceiveHeadersAsync();
        Assert.Matches("^HTTP/1.1 [24]", head);
        Assert.DoesNotContain("\r\nX-Injected", head, StringComparison.OrdinalIgnoreCase);
        return head;
    }

    private static string? EchoOf(string head)
    {
        const string Name = "Access-Control-Allow-Origin: ";
        return head.Split("\r\n").SingleOrDefault(static line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase))?[Name.Length..];
    }

    /// <summary>The text of a message as its client has it.</summary>
    private static string ReadText(Generations generation, string literal)
    {
        switch (generation)
        {
            case Generations.Version02:
                return JsonElement.Parse(literal).GetProperty("messages")[0].GetString()!;
            case Generations.Version06:
                var unit = Regex.Match(literal, "^~m~([0-9]+)~m~(.*)$", RegexOptions.Singleline);
                Assert.Equal(unit.Groups[2].Length, int.Parse(unit.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture));
                return unit.Groups[2].Value.StartsWith("~j~\"", StringComparison.Ordinal) ? JsonSerializer.Deserialize<string>(unit.Groups[2].ValueSpan[3..])! : unit.Groups[2].Value;
            case Generations.Development07:
                var framed = Regex.Match(literal, "^1:[0-9]+:(j\n)?:(.*),$", RegexOptions.Singleline);
                return framed.Groups[1].Success ? JsonSerializer.Deserialize<string>(framed.Groups[2].ValueSpan)! : framed.Groups[2].Value;
            case Generations.Version09:
                return literal.StartsWith("3:::", StringComparison.Ordinal) ? literal[4..] : JsonSerializer.Deserialize<string>(literal.AsSpan("4:::".Length))!;
            default:
                var packet = generation == Generations.EngineIO3 ? Assert.Single(OldPolling.Split(literal)) : literal;
                return JsonElement.Parse(packet[2..])[1].GetString()!;
        }
    }
}
