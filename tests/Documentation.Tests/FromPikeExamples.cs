using System.Text;
using System.Text.Json;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class FromPikeExamples
{
    [Fact]
    [Trait("Feature", "P-01")]
    [Trait("Feature", "P-12")]
    public async Task An_echo_farm()
    {
        var builder = ExampleServer.CreateBuilder();

        // docs: pike-farm
        builder.Services.AddSocketIO(options => options.Generations = Generations.All);

        var app = builder.Build();
        app.MapSocketIO(io => io.OnConnection(socket =>
        {
            socket.OnAny(packet =>
            {
                socket.Emit(packet.Name, packet.Arguments.ToArray());
                packet.Ack?.Send("Ack", "me", "harder");
            });
            socket.Emit("Hello world!");
        }));
        // end

        await using var server = await ExampleServer.StartAsync(app);
        await using var today = await server.ConnectAsync();
        Assert.Equal("Hello world!", (await today.NextAsync()).Name);
        await today.EmitAsync("deep", new { deep = new object?[] { null, 1.5, "☃" } });
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse("""{"deep":[null,1.5,"☃"]}"""), (await today.NextAsync("deep")).Args[0]));

        using var http = server.CreateHttpClient();
        const string Url = "/socket.io/?EIO=3&transport=polling&b64=1";
        var greeting = await http.GetStringAsync(Url);
        Assert.Contains("2:40", greeting, StringComparison.Ordinal);
        var handshake = greeting[greeting.IndexOf('{', StringComparison.Ordinal)..(greeting.IndexOf('}', StringComparison.Ordinal) + 1)];
        var session = $"{Url}&sid={JsonElement.Parse(handshake).GetProperty("sid").GetString()}";
        using var content = new StringContent("""19:423["news",1,[2,3]]""", Encoding.UTF8, "text/plain");
        using var posted = await http.PostAsync(session, content);
        Assert.Equal("ok", await posted.Content.ReadAsStringAsync());
        var answer = greeting;
        while (!answer.Contains("harder", StringComparison.Ordinal))
        {
            answer += await http.GetStringAsync(session);
        }

        Assert.EndsWith("""18:42["Hello world!"]18:42["news",1,[2,3]]24:433["Ack","me","harder"]""", answer, StringComparison.Ordinal);
    }
}
