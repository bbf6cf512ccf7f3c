using System.Net;
using System.Text.Json;

namespace SocketIO.Server.Tests;

/// <summary>JSONP polling of clients 1.0 to 2.5.</summary>
public sealed class EngineIO3JsonpTests
{
    private const string Query = "/socket.io/?EIO=3&transport=polling&b64=1&j=";

    [Theory]
    [InlineData("0", "0")]
    [InlineData("12", "12")]
    [InlineData("alert(1)2", "12")]
    [InlineData("];evil(", "0")]
    [Trait("Feature", "P-31")]
    public async Task Answers_are_calls_of_the_function_that_the_digits_name(string index, string called)
    {
        await using var node = await StartAsync();
        using var http = node.CreateHttpClient();
        using var answer = await http.GetAsync(Query + Uri.EscapeDataString(index));
        Assert.Equal("text/javascript; charset=UTF-8", answer.Content.Headers.ContentType!.ToString());
        var script = await answer.Content.ReadAsStringAsync();
        // Quotes as JSON.stringify writes them.
        Assert.Contains("0{\\\"sid\\\":", script, StringComparison.Ordinal);
        var packets = Read(script, called);
        Assert.StartsWith("0{", packets[0], StringComparison.Ordinal);
        Assert.Equal("40", packets[1]);
    }

    [Theory]
    [InlineData("""42["say","plain"]""", "plain")]
    [InlineData("""42["say","line1\\nline2"]""", "line1\nline2")]
    [InlineData("""42["say","a\\\\nb"]""", "a\\nb")]
    [InlineData("""42["say","é☃😀 &=+%"]""", "é☃😀 &=+%")]
    [InlineData("""42["say","\u2028</script>"]""", "\u2028</script>")]
    [Trait("Feature", "P-39")]
    public async Task What_the_form_brings_is_what_the_handler_gets_and_its_echo_is_what_the_script_gives(string posted, string text)
    {
        await using var node = await StartAsync();
        var heard = new TaskCompletionSource<string>();
        node.Io.OnConnection(socket => socket.On("say", (string said) =>
        {
            heard.TrySetResult(said);
            socket.Emit("said", said);
        }));
        using var http = node.CreateHttpClient();
        var sid = JsonElement.Parse(Read(await http.GetStringAsync(Query + "3"), "3")[0][1..]).GetProperty("sid").GetString();
        // As a form sends it: the length is that of the packet, not of what the client makes of its backslashes.
        var packet = posted.Replace("""\\n""", """\n""", StringComparison.Ordinal).Replace("""\\\n""", """\\n""", StringComparison.Ordinal);
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("d", Escape(OldPolling.Join(packet)))]);
        using var answer = await http.PostAsync($"{Query}3&sid={sid}", form);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
        Assert.Equal(text, await Patience.Within(heard.Task));
        var script = await http.GetStringAsync($"{Query}3&sid={sid}");
        Assert.DoesNotContain('\u2028', script);
        Assert.DoesNotContain("</script>", script, StringComparison.Ordinal);
        Assert.Equal(text, JsonElement.Parse(Assert.Single(Read(script, "3"))[2..])[1].GetString());
    }

    [Fact]
    public async Task Binary_values_come_as_base64()
    {
        await using var node = await StartAsync();
        node.Io.OnConnection(static socket => socket.Emit("bin", new byte[] { 1, 2, 3 }));
        using var http = node.CreateHttpClient();
        var packets = Read(await http.GetStringAsync("/socket.io/?EIO=3&transport=polling&j=0"), "0");
        Assert.Equal(["""451-["bin",{"_placeholder":true,"num":0}]""", "b4AQID"], packets[2..]);
    }

    [Fact]
    public async Task A_form_without_the_field_ends_the_session_and_nothing_else()
    {
        await using var node = await StartAsync();
        using var http = node.CreateHttpClient();
        var sid = JsonElement.Parse(Read(await http.GetStringAsync(Query + "0"), "0")[0][1..]).GetProperty("sid").GetString();
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("e", "1:2")]);
        using var answer = await http.PostAsync($"{Query}0&sid={sid}", form);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    // What the client does before it fills in its form: \n becomes a backslash and a line feed, and then every line feed \n.
    private static string Escape(string payload) =>
        payload.Replace("\\n", "\\\n", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string[] Read(string script, string index)
    {
        var head = $"___eio[{index}](";
        Assert.StartsWith(head, script, StringComparison.Ordinal);
        Assert.EndsWith(");", script, StringComparison.Ordinal);
        return OldPolling.Split(JsonElement.Parse(script[head.Length..^2]).GetString()!);
    }

    private static Task<Node> StartAsync() => Node.StartAsync(static options => options.Generations = Generations.EngineIO3);
}
