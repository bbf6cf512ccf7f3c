using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>What handlers answer, what they throw, how they come and go, and what services they get.</summary>
public sealed class HandlerTests : IAsyncLifetime
{
    private readonly System.Threading.Channels.Channel<Exception> _errors = System.Threading.Channels.Channel.CreateUnbounded<Exception>();
    private readonly TaskCompletionSource _scopeDisposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Node _node = null!;
    private TestSocket _client = null!;
    private Socket _socket = null!;

    public async Task InitializeAsync()
    {
        _node = await Node.StartAsync(build: builder =>
        {
            builder.Services.AddSingleton(new Adder(0));
            builder.Services.AddScoped(_ => new Scoped(_scopeDisposed));
        });
        _client = await _node.ConnectAsync();
        _socket = _node[_client];
        _socket.OnError(error => _errors.Writer.TryWrite(error));
    }

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    public static TheoryData<Delegate> Answering() => new()
    {
        () => 42,
        () => Task.FromResult(42),
        async () =>
        {
            await Task.Yield();
            return 42;
        },
        () => new ValueTask<int>(42),
        async ValueTask<int> () =>
        {
            await Task.Yield();
            return 42;
        },
        (Ack ack) => ack.Send(42),
        async (Ack ack) =>
        {
            await Task.Yield();
            ack.Send(42);
        },
        object () => 42,
        Task<object> () => Task.FromResult<object>(42),
    };

    [Theory]
    [MemberData(nameof(Answering))]
    public async Task A_result_is_the_answer(Delegate handler)
    {
        _socket.On("event", handler);
        Assert.Equal(42, (await _client.EmitWithAckAsync("event")).Int(0));
        // Whoever asks for no answer gets none.
        await _client.EmitAsync("event");
        _socket.Emit("after");
        await _client.NextAsync("after");
    }

    public static TheoryData<Delegate> Silent() => new()
    {
        () => { },
        () => Task.CompletedTask,
        async () => await Task.Yield(),
        () => default(ValueTask),
        async ValueTask () => await Task.Yield(),
    };

    [Theory]
    [MemberData(nameof(Silent))]
    public async Task Without_a_result_there_is_no_answer(Delegate handler)
    {
        _socket.On("event", handler);
        var unanswered = await _client.StartEmitWithAckAsync("event");
        _socket.On("other", () => 1);
        await _client.EmitWithAckAsync("other");
        Assert.False(unanswered.IsCompleted);
    }

    [Fact]
    public async Task Null_is_an_answer()
    {
        _socket.On("event", () => (string?)null);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, Assert.Single((await _client.EmitWithAckAsync("event")).Args).ValueKind);
    }

    [Fact]
    public async Task An_answer_may_have_several_values_or_none()
    {
        _socket.On("several", (Ack ack) => ack.Send(1, "two", new byte[] { 3 }));
        _socket.On("none", (Ack ack) => ack.Send());
        var several = await _client.EmitWithAckAsync("several");
        Assert.Equal(1, several.Int(0));
        Assert.Equal("two", several.Text(1));
        Assert.Equal([3], several.Bytes(2));
        Assert.Empty((await _client.EmitWithAckAsync("none")).Args);
    }

    [Fact]
    public async Task An_answer_is_given_once_and_only_to_who_asks()
    {
        var asked = new List<bool>();
        _socket.On("event", (Ack ack) =>
        {
            asked.Add(ack.IsRequested);
            ack.Send("first");
            ack.Send("second");
        });
        await _client.EmitAsync("event");
        Assert.Equal("first", (await _client.EmitWithAckAsync("event")).Text(0));
        Assert.Equal("first", (await _client.EmitWithAckAsync("event")).Text(0));
        Assert.Equal([false, true, true], asked);
    }

    public static TheoryData<Delegate> Throwing() => new()
    {
        void () => throw new NotImplementedException("mine"),
        int () => throw new NotImplementedException("mine"),
        Task () => throw new NotImplementedException("mine"),
        Task () => Task.FromException(new NotImplementedException("mine")),
        async Task<int> () =>
        {
            await Task.Yield();
            throw new NotImplementedException("mine");
        },
        async ValueTask () =>
        {
            await Task.Yield();
            throw new NotImplementedException("mine");
        },
        async (Scoped scoped) =>
        {
            await Task.Yield();
            throw new NotImplementedException("mine");
        },
        void (Scoped scoped) => throw new NotImplementedException("mine"),
    };

    [Theory]
    [MemberData(nameof(Throwing))]
    public async Task What_a_handler_throws_is_an_error_of_its_socket_that_lives_on(Delegate handler)
    {
        _socket.On("event", handler);
        var unanswered = await _client.StartEmitWithAckAsync("event");
        Assert.Equal("mine", Assert.IsType<NotImplementedException>(await NextErrorAsync()).Message);
        _socket.On("other", () => 1);
        Assert.Equal(1, (await _client.EmitWithAckAsync("other")).Int(0));
        Assert.False(unanswered.IsCompleted);
    }

    [Fact]
    public async Task A_listener_of_errors_may_throw_as_well()
    {
        _socket.OnError(_ => throw new NotImplementedException());
        _socket.On("event", void () => throw new NotImplementedException("mine"));
        _socket.On("other", () => 1);
        await _client.EmitAsync("event");
        await NextErrorAsync();
        Assert.Equal(1, (await _client.EmitWithAckAsync("other")).Int(0));
    }

    [Fact]
    public async Task A_value_that_cannot_be_sent_is_an_error_of_its_socket()
    {
        _socket.On("event", () => new Unsendable());
        _socket.On("other", () => "fine");
        await _client.EmitAsync("event");
        await _client.StartEmitWithAckAsync("event");
        Assert.IsType<NotImplementedException>(await NextErrorAsync());
        Assert.Equal("fine", (await _client.EmitWithAckAsync("other")).Text(0));
    }

    [Fact]
    public async Task Several_handlers_run_in_the_order_of_their_registration()
    {
        var order = new List<int>();
        _socket.On("event", () => order.Add(1));
        _socket.On("event", () => order.Add(2));
        _socket.On("event", async () =>
        {
            order.Add(3);
            await Task.Yield();
        });
        _socket.On("event", void () => throw new NotImplementedException());
        _socket.On("event", () =>
        {
            order.Add(5);
            return order.Count;
        });
        Assert.Equal(4, (await _client.EmitWithAckAsync("event")).Int(0));
        Assert.Equal([1, 2, 3, 5], order);
    }

    [Fact]
    public async Task A_handler_for_once_runs_once()
    {
        var count = 0;
        _socket.Once("event", () => ++count);
        _socket.Once("event", () => ++count);
        await _client.EmitAsync("event");
        await _client.EmitAsync("event");
        _socket.On("other", () => count);
        Assert.Equal(2, (await _client.EmitWithAckAsync("other")).Int(0));
    }

    [Fact]
    public async Task A_handler_can_be_removed()
    {
        var calls = new List<string>();
        Action first = () => calls.Add("first");
        _socket.On("event", first);
        _socket.On("event", () => calls.Add("second"));
        _socket.On("kept", () => calls.Add("kept"));
        _socket.On("end", () => 1);
        _socket.Off("event", first);
        _socket.Off("kept", first);
        await SendAllAsync();
        Assert.Equal(["second", "kept"], calls);
        _socket.Off("event");
        await SendAllAsync();
        Assert.Equal(["second", "kept", "kept"], calls);
        _socket.RemoveAllListeners();
        _socket.On("end", () => 1);
        await SendAllAsync();
        Assert.Equal(3, calls.Count);

        async Task SendAllAsync()
        {
            await _client.EmitAsync("event");
            await _client.EmitAsync("kept");
            await _client.EmitWithAckAsync("end");
        }
    }

    [Fact]
    public async Task A_handler_may_remove_itself_while_it_runs()
    {
        var count = 0;
        Action handler = null!;
        handler = () =>
        {
            count++;
            _socket.Off("event", handler);
            _socket.On("later", () => count);
        };
        _socket.On("event", handler);
        await _client.EmitAsync("event");
        await _client.EmitAsync("event");
        Assert.Equal(1, (await _client.EmitWithAckAsync("later")).Int(0));
    }

    [Theory]
    [InlineData("with \"quotes\" and \\ and /")]
    [InlineData("line\nfeed\ttab\u0001")]
    [InlineData("ünï ✓ 漢字 \U0001f600")]
    [InlineData("\u2028")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("__proto__")]
    public async Task An_event_may_have_any_name(string name)
    {
        _socket.On(name, (int a) => a + 1);
        Assert.Equal(8, (await _client.EmitWithAckAsync(name, 7)).Int(0));
        _socket.Emit(name, 1);
        Assert.Equal(1, (await _client.NextAsync(name)).Int(0));
    }

    [Fact]
    public async Task A_name_is_the_same_however_it_is_escaped()
    {
        _socket.On("café/", () => 1);
        await _client.Client.SendAsync("""421000["\u0063af\u00e9\/"]""");
        _socket.On("end", () => 2);
        Assert.Equal(2, (await _client.EmitWithAckAsync("end")).Int(0));
    }

    [Theory]
    [InlineData("""42["\ud800"]""")]
    [InlineData("""42["x\udc00",{"_placeholder":1}]""")]
    public async Task A_name_that_is_no_text_ends_its_client_as_any_malformed_packet_does(string packet)
    {
        var gone = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _socket.OnDisconnect(end => gone.TrySetResult(end.Reason));
        await _client.Client.SendAsync(packet);
        await NextErrorAsync();
        Assert.Equal(CloseReasons.ForcedClose, await Patience.Within(gone.Task));
        await _client.Client.Closed;
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    public void A_reserved_name_can_be_neither_sent_nor_handled(string name)
    {
        Assert.Throws<ArgumentException>(() => _socket.On(name, () => { }));
        Assert.Throws<ArgumentException>(() => _socket.Emit(name));
        Assert.Throws<ArgumentException>(() => _socket.Broadcast.Emit(name));
        Assert.Throws<ArgumentException>(() => _node.Io.Emit(name));
    }

    [Fact]
    public async Task Services_are_given_by_their_type_or_by_attribute()
    {
        _socket.On("inferred", (Adder adder, int a, int b) => adder.Add(a, b));
        _socket.On("named", (int a, [FromServices] Adder adder, int b) => adder.Add(a, b));
        Assert.Equal(5, (await _client.EmitWithAckAsync("inferred", 2, 3)).Int(0));
        Assert.Equal(7, (await _client.EmitWithAckAsync("named", 3, 4)).Int(0));
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_an_error_of_the_socket()
    {
        _socket.On("event", ([FromServices] Unsendable nobody) => 1);
        await _client.EmitAsync("event");
        Assert.IsType<InvalidOperationException>(await NextErrorAsync());
    }

    [Fact]
    public void A_keyed_service_is_refused_with_the_way_out()
    {
        var error = Assert.Throws<ArgumentException>(() => _socket.On("event", ([FromKeyedServices("key")] Adder adder) => { }));
        Assert.Contains("IServiceProvider", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_event_has_a_scope_that_ends_with_its_handler()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var scopes = new List<Scoped>();
        _socket.On("event", async (Scoped scoped, IServiceProvider services) =>
        {
            scopes.Add(scoped);
            Assert.Same(scoped, services.GetRequiredService<Scoped>());
            await goOn.Task;
            Assert.False(scoped.IsDisposed);
            return 1;
        });
        var first = await _client.StartEmitWithAckAsync("event");
        var second = await _client.StartEmitWithAckAsync("event");
        _socket.On("end", () => 1);
        await _client.EmitWithAckAsync("end");
        Assert.Equal(2, scopes.Distinct().Count());
        Assert.All(scopes, static scoped => Assert.False(scoped.IsDisposed));
        goOn.SetResult();
        await Patience.Within(Task.WhenAll(first, second));
        await Patience.Within(_scopeDisposed.Task);
    }

    [Fact]
    public async Task The_token_of_a_handler_is_cancelled_when_its_client_goes()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _socket.On("event", async (CancellationToken gone) =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, gone);
            }
            catch (OperationCanceledException)
            {
                cancelled.TrySetResult();
                throw;
            }
        });
        await _client.EmitAsync("event");
        await _client.Client.CloseAsync();
        await Patience.Within(cancelled.Task);
        Assert.True(_socket.DisconnectToken.IsCancellationRequested);
        Assert.False(_errors.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_handler_may_wait_for_an_answer_of_its_own_client()
    {
        _client.Answer = question => [question.Int(0) * 2];
        _socket.On("event", async (Socket socket, int a) => await socket.EmitWithAckAsync<int>("question", a) + 1);
        Assert.Equal(15, (await _client.EmitWithAckAsync("event", 7)).Int(0));
    }

    private async Task<Exception> NextErrorAsync() => await Patience.Within(_errors.Reader.ReadAsync().AsTask());

    private sealed class Adder(int start)
    {
        public int Add(int a, int b) => start + a + b;
    }

    private sealed class Scoped(TaskCompletionSource disposed) : IAsyncDisposable
    {
        public bool IsDisposed { get; private set; }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            disposed.TrySetResult();
            return default;
        }
    }

    private sealed class Unsendable
    {
        public int Value => GetHashCode() >= int.MinValue ? throw new NotImplementedException() : 0;
    }
}
