using System.Text.Json;
using System.Text.Json.Serialization;

namespace SocketIO.Server.Tests;

/// <summary>Every kind of parameter that a handler may have, filled by a real client.</summary>
public sealed class HandlerParameterTests : IAsyncLifetime
{
    private readonly TaskCompletionSource<Exception> _error = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Node _node = null!;
    private TestSocket _client = null!;
    private Socket _socket = null!;

    public enum Colour
    {
        Red,
        Green,
    }

    public sealed record Person(string Name, int Age, Person? Friend = null);

    public readonly record struct Point(double X, double Y);

    public async Task InitializeAsync()
    {
        _node = await Node.StartAsync(static options => options.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));
        _client = await _node.ConnectAsync();
        _socket = _node[_client];
        _socket.OnError(error => _error.TrySetResult(error));
    }

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    public static TheoryData<Delegate, string, string> Conversions() => new()
    {
        { (int a) => a, "-5", "-5" },
        { (long a) => a, "9007199254740993", "9007199254740993" },
        { (uint a) => a, "4000000000", "4000000000" },
        { (short a) => a, "-32768", "-32768" },
        { (byte a) => a, "255", "255" },
        { (ulong a) => a, "18446744073709551615", "18446744073709551615" },
        { (float a) => a, "0.5", "0.5" },
        { (double a) => a, "1e-7", "1E-07" },
        { (double a) => a, "3", "3" },
        { (decimal a) => a, "79228162514264337593543950335", "79228162514264337593543950335" },
        { (bool a) => a, "true", "true" },
        { (char a) => a, "\"ü\"", "\"ü\"" },
        { (string a) => a, "\"caf\\u00e9 \\uD83D\\uDE00 \\n\"", "\"café \U0001f600 \\n\"" },
        { (string? a) => a is null, "null", "true" },
        { (int? a) => a, "7", "7" },
        { (int? a) => a is null, "null", "true" },
        { (Guid a) => a, "\"5ee9ba2c-2f53-4c7b-8d3f-5d3d8a3c4c55\"", "\"5ee9ba2c-2f53-4c7b-8d3f-5d3d8a3c4c55\"" },
        { (DateTimeOffset a) => a, "\"2030-01-02T03:04:05+00:00\"", "\"2030-01-02T03:04:05+00:00\"" },
        { (Colour a) => a, "\"Green\"", "\"Green\"" },
        { (Colour? a) => a, "1", "\"Green\"" },
        { (Person a) => a.Friend!.Name, """{"name":"Ada","age":36,"friend":{"name":"Grace","age":85}}""", "\"Grace\"" },
        { (Person? a) => a is null, "null", "true" },
        { (Point a) => a.X + a.Y, """{"x":1.5,"y":2}""", "3.5" },
        { (Point? a) => a is null, "null", "true" },
        { (int[] a) => a.Sum(), "[1,2,3]", "6" },
        { (List<string> a) => a.Count, """["x","y"]""", "2" },
        { (IEnumerable<int> a) => a.Sum(), "[1,2,3]", "6" },
        { (Dictionary<string, int> a) => a["x"], """{"x":5}""", "5" },
        { (JsonElement a) => a.GetProperty("deep")[1].GetInt32(), """{"deep":[0,8]}""", "8" },
        { (JsonElement a) => a.ValueKind.ToString(), "null", "\"Null\"" },
        { (object a) => a.ToString(), "[1, 2]", "\"[1, 2]\"" },
        { (byte[] a) => a.Length, "\"AAEC\"", "3" },
    };

    [Theory]
    [MemberData(nameof(Conversions))]
    public async Task An_argument_becomes_what_the_parameter_is(Delegate handler, string sent, string answered)
    {
        _socket.On("event", handler);
        await AssertAnswerAsync(answered, sent);
    }

    [Fact]
    public async Task Several_arguments_keep_their_places()
    {
        _socket.On("event", (string a, int b, Person c, bool d) => $"{a} {b} {c.Name} {d}");
        await AssertAnswerAsync("\"a 2 Ada True\"", """
            "a",2,{"name":"Ada","age":36},true
            """);
    }

    [Fact]
    public async Task What_is_no_argument_takes_no_place()
    {
        _socket.On("event", (int a, Socket socket, string b, CancellationToken gone, EventArguments all, IServiceProvider services, int c) =>
            $"{a} {b} {c} {socket == _socket} {gone == _socket.DisconnectToken} {all.Count} {services is not null}");
        await AssertAnswerAsync("\"1 two 3 True True 3 True\"", "1,\"two\",3");
    }

    [Fact]
    public async Task Surplus_arguments_are_left()
    {
        _socket.On("event", (int a) => a);
        await AssertAnswerAsync("1", "1,2,{\"x\":3}");
    }

    public static TheoryData<Delegate, string> Missing() => new()
    {
        { (string? a, int? b) => $"{a is null} {b is null}", "\"True True\"" },
        { (int a = 5, string b = "five", double c = 0.5, bool d = true) => $"{a} {b} {c} {d}", "\"5 five 0.5 True\"" },
        { (long a = 5, decimal b = 1.5m, byte c = 3, char d = 'x') => $"{a} {b} {c} {d}", "\"5 1.5 3 x\"" },
        { (int? a = 5, Colour b = Colour.Green, Colour? c = Colour.Green, Point d = default) => $"{a} {b} {c} {d.X}", "\"5 Green Green 0\"" },
        { (EventArguments all) => all.Count, "0" },
        { (byte[]? a, Person? b, List<int>? c) => a is null && b is null && c is null, "true" },
    };

    [Theory]
    [MemberData(nameof(Missing))]
    public async Task A_missing_argument_is_null_or_the_default(Delegate handler, string answered)
    {
        _socket.On("event", handler);
        await AssertAnswerAsync(answered, "");
    }

    public static TheoryData<Delegate, string> Misfits() => new()
    {
        { (int a) => a, "" },
        { (int a) => a, "\"text\"" },
        { (int a) => a, "1.5" },
        { (int a) => a, "2147483648" },
        { (int a) => a, "null" },
        { (bool a) => a, "1" },
        { (double a) => a, "\"x\"" },
        { (string a) => a, "1" },
        { (string a) => a, "\"\\ud800\"" },
        { (Guid a) => a, "\"no guid\"" },
        { (Person a) => a.Age, "[]" },
        { (Person a) => a.Age, """{"name":"Ada","age":"old"}""" },
        { (int[] a) => a.Length, "{}" },
        { (byte[] a) => a.Length, "{}" },
        { (byte[] a) => a.Length, "\"not base64!\"" },
        { (byte[] a) => a.Length, """{"_placeholder":true,"num":0}""" },
        { (Memory<byte> a) => a.Length, "" },
        { (Colour a) => a, "\"Blue\"" },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public async Task What_does_not_fit_is_an_error_that_the_connection_survives(Delegate handler, string sent)
    {
        _socket.On("event", handler);
        _socket.On("ping", () => "pong");
        await SendRawAsync(sent);
        var error = Assert.IsType<EventBindingException>(await Patience.Within(_error.Task));
        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
        Assert.Equal("pong", (await _client.EmitWithAckAsync("ping")).Text(0));
        Assert.True(_socket.IsConnected);
    }

    [Fact]
    public async Task Bytes_are_given_as_whatever_holds_bytes()
    {
        _socket.On("event", (byte[] a, ReadOnlyMemory<byte> b, Memory<byte> c, Stream d) =>
        {
            var rest = new MemoryStream();
            d.CopyTo(rest);
            return (byte[])[.. a, .. b.Span, .. c.Span, .. rest.ToArray()];
        });
        var answer = await _client.EmitWithAckAsync("event", new byte[] { 1 }, new byte[] { 2, 3 }, Array.Empty<byte>(), new byte[] { 4 });
        Assert.Equal([1, 2, 3, 4], answer.Bytes(0));
    }

    [Fact]
    public async Task Bytes_may_be_kept_after_the_event()
    {
        var kept = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _socket.On("event", (ReadOnlyMemory<byte> bytes) => kept.TrySetResult(bytes));
        await _client.EmitAsync("event", new byte[] { 1, 2, 3 });
        var bytes = await Patience.Within(kept.Task);
        await _client.EmitWithAckAsync("event", new byte[] { 9, 9, 9, 9 });
        Assert.Equal([1, 2, 3], bytes.ToArray());
    }

    [Fact]
    public async Task All_arguments_can_be_read_on_demand_and_sent_back()
    {
        _socket.On("event", (EventArguments all, Ack ack) =>
        {
            Assert.Equal(3, all.Count);
            Assert.Equal(1, all.Get<int>(0));
            Assert.Equal("Ada", all[1].GetProperty("name").GetString());
            Assert.Equal([1, 2], all.Get<byte[]>(2)!);
            Assert.Throws<ArgumentOutOfRangeException>(() => all[3]);
            ack.Send(all.ToArray());
        });
        var answer = await _client.EmitWithAckAsync("event", 1, new { name = "Ada" }, new byte[] { 1, 2 });
        Assert.Equal(1, answer.Int(0));
        Assert.Equal("""{"name":"Ada"}""", answer.Args[1].GetRawText());
        Assert.Equal([1, 2], answer.Bytes(2));
    }

    [Fact]
    public void A_parameter_by_reference_is_refused_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => _socket.On("event", (ref int a) => { }));
        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_of_an_object_is_a_handler_like_any_other()
    {
        _socket.On("event", new Counter(10).Add);
        await AssertAnswerAsync("15", "5");
        await AssertAnswerAsync("11", "");
    }

    [Fact]
    public async Task An_extension_method_is_a_handler_like_any_other()
    {
        var text = "text";
        _socket.On("event", (Func<int, string>)text.Repeat);
        await AssertAnswerAsync("\"texttext\"", "2");
        await SendRawAsync("\"x\"");
        Assert.Contains("'times'", (await Patience.Within(_error.Task)).Message, StringComparison.Ordinal);
    }

    private async Task AssertAnswerAsync(string expected, string arguments)
    {
        var answer = await Patience.Within(await _client.StartAskRawAsync("event", arguments));
        var actual = Assert.Single(answer.Args);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), actual), $"expected {expected}, got {actual.GetRawText()}");
    }

    private Task SendRawAsync(string arguments) =>
        _client.Client.SendAsync($"42[\"event\"{(arguments.Length == 0 ? "" : ",")}{arguments}]");

    private sealed class Counter(int start)
    {
        public int Add(int number = 1) => start + number;
    }
}

internal static class TextExtensions
{
    public static string Repeat(this string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
