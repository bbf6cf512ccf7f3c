using System.Text.Json;
using System.Text.RegularExpressions;

namespace SocketIO.Server.Tests;

/// <summary>A session whose answers are scripts, or a page of them.</summary>
internal sealed partial class ScriptSession
{
    private const string Begin = "<script>";
    private const string End = "</script>";

    private readonly LegacyNode _node;
    private readonly string _url;
    private readonly LegacyStream? _page;
    private int _read;

    private ScriptSession(LegacyNode node, string url, LegacyStream? page)
    {
        _node = node;
        _url = url;
        _page = page;
    }

    public bool IsPage => _page is not null;

    /// <summary>Begins a session of the client; what it is greeted with has been taken.</summary>
    public static async Task<ScriptSession> OpenAsync(LegacyNode node, string client)
    {
        if (client.EndsWith("htmlfile", StringComparison.Ordinal))
        {
            var page = new ScriptSession(node, "", await node.OpenStreamAsync(
                client.StartsWith("0.9", StringComparison.Ordinal) ? (await ProtocolOneSession.ShakeHandsAsync(node)).UrlOf("htmlfile") : "/socket.io/htmlfile//1"));
            await page.ReadAsync();
            return page;
        }

        var url = client switch
        {
            "0.9 jsonp" => (await ProtocolOneSession.ShakeHandsAsync(node)).UrlOf("jsonp-polling"),
            "2.5 jsonp" => "/socket.io/?EIO=3&transport=polling&j=3",
            "4 jsonp" => "/socket.io/?EIO=4&transport=polling&j=3",
            _ => "/socket.io/jsonp-polling//1/3",
        };
        await node.GetAsync(url);
        var id = Assert.Single(node.Io.Engine.Connections).Id;
        var script = new ScriptSession(node, client[0] is '2' or '4' ? $"{url}&sid={id}" : url.Replace("//1/", $"/{id}/1/", StringComparison.Ordinal), null);
        if (client[0] == '4')
        {
            await node.AskAsync(HttpMethod.Post, script._url, new FormUrlEncodedContent([KeyValuePair.Create("d", "40")]));
            await script.ReadAsync();
        }

        return script;
    }

    /// <summary>The next literal as it stands in the script, and its value.</summary>
    public async Task<(string Raw, string Literal)> ReadAsync()
    {
        string raw;
        if (_page is null)
        {
            var call = Call().Match((await _node.GetAsync(_url)).Body);
            Assert.True(call.Success);
            raw = call.Groups["literal"].Value;
        }
        else
        {
            // A literal cannot have the end of a script, so the next one is that of the call.
            var text = await _page.ReadUntilAsync(all => all.IndexOf(End, Math.Min(_read, all.Length), StringComparison.Ordinal) >= 0);
            var begin = text.IndexOf(Begin, _read, StringComparison.Ordinal) + Begin.Length;
            _read = text.IndexOf(End, begin, StringComparison.Ordinal) + End.Length;
            var call = text[begin..(_read - End.Length)];
            if (call.StartsWith("var ", StringComparison.Ordinal))
            {
                return await ReadAsync();
            }

            var end = call.LastIndexOf(call.EndsWith(", document);", StringComparison.Ordinal) ? ", document)" : ")", StringComparison.Ordinal);
            raw = call[(call.IndexOf('(', StringComparison.Ordinal) + 1)..end];
        }

        var value = JsonElement.Parse(raw);
        return (raw, value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());
    }

    [GeneratedRegex(@"^(?:io\.JSONP\[3\]\._|io\.j\[3\]|___eio\[3\])\((?<literal>"".*"")(?:, document)?\);?$", RegexOptions.Singleline)]
    private static partial Regex Call();
}
