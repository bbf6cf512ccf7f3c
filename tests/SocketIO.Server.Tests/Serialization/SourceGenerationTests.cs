using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace SocketIO.Server.Tests;

/// <summary>A server whose JSON knows a source-generated context and no reflection.</summary>
public sealed class SourceGenerationTests : IAsyncLifetime
{
    private Node _node = null!;
    private TestSocket _client = null!;
    private Socket _socket = null!;

    public async Task InitializeAsync()
    {
        _node = await Node.StartAsync(static options => options.SerializerOptions.TypeInfoResolver = NoteContext.Default);
        _client = await _node.ConnectAsync();
        _socket = _node[_client];
    }

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    [Fact]
    public async Task A_type_of_the_context_goes_both_ways()
    {
        _socket.On("event", (Note note) => note with { Text = note.Text + "!" });
        Assert.Equal("""{"text":"hello!","stars":3}""", (await _client.EmitWithAckAsync("event", new { text = "hello", stars = 3 })).Args[0].GetRawText());
        _socket.Emit("note", new Note("object", 1));
        Assert.Equal("""{"text":"object","stars":1}""", (await _client.NextAsync("note")).Args[0].GetRawText());
    }

    [Fact]
    public async Task What_every_event_may_hold_needs_no_place_in_the_context()
    {
        _socket.On("event", (string? a, int b, double? c, bool d, JsonElement e, byte[] f, ReadOnlyMemory<byte> g, Stream h, Guid? i, decimal j) =>
            $"{a is null} {b} {c} {d} {e.GetRawText()} {f.Length} {g.Length} {h.Length} {i is null} {j}");
        var answer = await _client.EmitWithAckAsync("event", null, 1, 2.5, true, new { x = 1 }, new byte[3], new byte[4], new byte[5], null, 1.5m);
        Assert.Equal("""True 1 2.5 True {"x":1} 3 4 5 True 1.5""", answer.Text(0));
        _socket.Emit("event", "text", 1, 2L, 0.5, true, null, new byte[] { 1 }, (ReadOnlyMemory<byte>)new byte[] { 2 }, new MemoryStream([3]), 1.5m, 0.25f, Guid.Empty);
        var received = await _client.NextAsync("event");
        Assert.Equal(12, received.Args.Length);
        Assert.Equal([[1], [2], [3]], received.Attachments);
    }

    [Fact]
    public async Task A_type_that_is_in_no_context_is_an_error_of_the_event_alone()
    {
        var errors = new List<Exception>();
        _socket.OnError(errors.Add);
        _socket.On("event", (Unknown _) => 1);
        _socket.On("end", static () => 1);
        await _client.EmitAsync("event", new { x = 1 });
        await _client.EmitWithAckAsync("end");
        Assert.IsType<EventBindingException>(Assert.Single(errors));
        Assert.Throws<NotSupportedException>(() => _socket.Emit("event", new Unknown(1)));
    }

    [Fact]
    public async Task The_handshake_dynamic_namespaces_and_refusals_work_as_well()
    {
        _node.Io.Of(new Regex("^/dynamic-")).Use(static (socket, next) =>
            socket.Handshake.Auth.TryGetProperty("text", out _) && socket.Handshake.GetAuth<Note>()!.Stars == 5
                ? next()
                : throw new ConnectRefusedException("no", new Note("more stars", 5)));
        await _node.ConnectAsync("/dynamic-1", new { text = "x", stars = 5 });
        var error = await Assert.ThrowsAsync<TestRefusedException>(() => _node.ConnectAsync("/dynamic-1"));
        Assert.Equal("""{"message":"no","data":{"text":"more stars","stars":5}}""", error.Payload.GetRawText());
    }

    private sealed record Unknown(int X);
}

internal sealed record Note(string Text, int Stars);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Note))]
internal sealed partial class NoteContext : JsonSerializerContext;
