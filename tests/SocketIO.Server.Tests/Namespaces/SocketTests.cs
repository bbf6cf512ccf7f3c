namespace SocketIO.Server.Tests;

/// <summary>One client in one namespace, seen from both ends.</summary>
public sealed class SocketTests : IAsyncLifetime
{
    private Node _node = null!;
    private TestSocket _client = null!;
    private Socket _socket = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    [Fact]
    public async Task Events_beyond_the_bound_wait_in_order_while_answers_and_disconnects_do_not()
    {
        await StartAsync(static options => options.MaxConcurrentEvents = 2);
        var started = new List<int>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gates = Enumerable.Range(0, 6).Select(static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        _socket.On("event", async (int number) =>
        {
            lock (started)
            {
                started.Add(number);
            }

            if (number == 5)
            {
                last.SetResult();
            }

            await gates[number].Task;
            return number;
        });
        var answers = new List<Task<TestEvent>>();
        for (var i = 0; i < 6; i++)
        {
            answers.Add(await _client.StartEmitWithAckAsync("event", i));
        }

        // An answer comes through although two handlers run and four events wait.
        _client.Answer = static _ => ["answer"];
        Assert.Equal("answer", await Patience.Within(_socket.EmitWithAckAsync<string>("question")));
        Assert.Equal([0, 1], started);
        gates[1].SetResult();
        Assert.Equal(1, (await Patience.Within(answers[1])).Int(0));
        gates[2].SetResult();
        await Patience.Within(answers[2]);
        gates[0].SetResult();
        await Patience.Within(answers[0]);
        gates[3].SetResult();
        await Patience.Within(answers[3]);
        gates[4].SetResult();
        await Patience.Within(answers[4]);
        await Patience.Within(last.Task);
        Assert.Equal([0, 1, 2, 3, 4, 5], started);

        // Number 5 still runs: the client may go.
        var gone = WaitForDisconnect();
        await _client.LeaveAsync();
        Assert.Equal("client namespace disconnect", (await gone).Reason);
        gates[5].SetResult();
    }

    [Fact]
    public async Task Handlers_that_end_at_once_are_not_counted()
    {
        await StartAsync(static options => options.MaxConcurrentEvents = 1);
        _socket.On("event", (int number) => number);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(i, (await _client.EmitWithAckAsync("event", i)).Int(0));
        }
    }

    [Fact]
    public async Task A_client_whose_waiting_events_pass_the_bound_is_closed()
    {
        await StartAsync(static options =>
        {
            options.MaxConcurrentEvents = 1;
            options.MaxQueuedEventBytes = 10_000;
        });
        var errors = new List<Exception>();
        var gone = WaitForDisconnect();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _socket.OnError(errors.Add);
        _socket.On("event", (string _) => release.Task);
        for (var i = 0; i < 12; i++)
        {
            await _client.EmitAsync("event", new string('.', 1000));
        }

        Assert.Equal(CloseReasons.ForcedClose, (await gone).Reason);
        Assert.Contains(errors, static error => error.Message.Contains("MaxQueuedEventBytes", StringComparison.Ordinal));
        release.SetResult();
    }

    [Fact]
    public async Task Events_wait_until_the_connection_handlers_have_run_to_their_end()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var order = new List<string>();
        _node = await Node.StartAsync();
        _node.Io.OnConnection(async socket =>
        {
            await goOn.Task;
            socket.On("event", (int number) => order.Add($"first {number}"));
        });
        _node.Io.OnConnection(async socket =>
        {
            await Task.Yield();
            order.Add("second handler");
            socket.On("event", (int number) => order.Add($"second {number}"));
            socket.On("end", () => 1);
        });
        _client = await _node.ConnectAsync();
        await _client.EmitAsync("event", 1);
        await _client.EmitAsync("event", 2);
        var end = await _client.StartEmitWithAckAsync("end");
        Assert.False(end.IsCompleted);
        goOn.SetResult();
        await Patience.Within(end);
        Assert.Equal(["second handler", "first 1", "second 1", "first 2", "second 2"], order);
    }

    [Fact]
    public async Task A_connection_handler_that_throws_does_not_keep_the_next_from_running()
    {
        _node = await Node.StartAsync();
        _node.Io.OnConnection(void (_) => throw new NotImplementedException());
        _node.Io.OnConnection(socket => socket.On("event", () => 1));
        _client = await _node.ConnectAsync();
        Assert.Equal(1, (await _client.EmitWithAckAsync("event")).Int(0));
    }

    [Fact]
    public async Task Middlewares_of_a_socket_run_in_order_before_its_handlers_and_may_stop_an_event()
    {
        await StartAsync();
        var order = new List<string>();
        var errors = new List<string>();
        _socket.OnError(error => errors.Add(error.Message));
        _socket.Use(async (received, next) =>
        {
            order.Add($"1 {received.Name} {received.Arguments.Count}");
            await next();
            order.Add("1 after");
        });
        _socket.Use((received, next) => received.Arguments.Count > 0 && received.Arguments.Get<string>(0) == "bad"
            ? throw new InvalidOperationException("not that")
            : next());
        _socket.Use((received, next) =>
        {
            if (received.Name == "swallowed")
            {
                received.Ack?.Send("answered by the middleware");
                return Task.CompletedTask;
            }

            return next();
        });
        _socket.On("event", (string value) =>
        {
            order.Add($"handler {value}");
            return value;
        });
        _socket.On("swallowed", () => "by the handler");
        Assert.Equal("good", (await _client.EmitWithAckAsync("event", "good")).Text(0));
        Assert.Equal(["1 event 1", "handler good", "1 after"], order);
        order.Clear();
        await _client.EmitAsync("event", "bad");
        Assert.Equal("answered by the middleware", (await _client.EmitWithAckAsync("swallowed")).Text(0));
        Assert.Equal(["not that"], errors);
        Assert.DoesNotContain("handler bad", order);
    }

    [Fact]
    public async Task Listeners_of_all_events_are_called_in_their_order_before_the_handlers()
    {
        await StartAsync();
        var order = new List<string>();
        Action<SocketEvent> second = received => order.Add($"second {received.Name} {received.Ack is not null}");
        _socket.OnAny(second);
        _socket.OnAny(received => order.Add($"third {received.Arguments.Get<int>(0)}"));
        _socket.PrependAny(_ => order.Add("first"));
        _socket.On("event", (int number) =>
        {
            order.Add("handler");
            return number;
        });
        Assert.Equal(3, _socket.ListenersAny.Count);
        await _client.EmitWithAckAsync("event", 1);
        Assert.Equal(["first", "second event True", "third 1", "handler"], order);
        order.Clear();
        _socket.OffAny(second);
        await _client.EmitWithAckAsync("event", 2);
        Assert.Equal(["first", "third 2", "handler"], order);
        order.Clear();
        _socket.OffAny();
        Assert.Empty(_socket.ListenersAny);
        await _client.EmitWithAckAsync("event", 3);
        Assert.Equal(["handler"], order);
    }

    [Fact]
    public async Task Listeners_of_outgoing_events_see_direct_ones_and_broadcasts_but_no_answers()
    {
        await StartAsync();
        var seen = new List<string>();
        Action<SocketEvent> second = sent => seen.Add($"second {sent.Name} {sent.Arguments.Get<int>(0)}");
        _socket.OnAnyOutgoing(second);
        _socket.PrependAnyOutgoing(_ => seen.Add("first"));
        Assert.Equal(2, _socket.ListenersAnyOutgoing.Count);
        _socket.On("event", () => 1);
        await _client.EmitWithAckAsync("event");
        Assert.Empty(seen);
        _socket.Emit("direct", 1);
        _node.Io.Emit("all", 2);
        _node.Io.Except(_socket.Id).Emit("others", 3);
        Assert.Equal(["first", "second direct 1", "first", "second all 2"], seen);
        _socket.OffAnyOutgoing(second);
        _socket.Emit("direct", 4);
        _socket.OffAnyOutgoing();
        _socket.Emit("direct", 5);
        Assert.Equal(["first", "second direct 1", "first", "second all 2", "first"], seen);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_an_error()
    {
        await StartAsync();
        var error = await Assert.ThrowsAsync<AckTimeoutException>(() => Patience.Within(_socket.Timeout(TimeSpan.FromMilliseconds(50)).EmitWithAckAsync<int>("question")));
        Assert.Equal("operation has timed out", error.Message);
        // The late answer goes nowhere, and the next one where it belongs.
        await _client.AckAsync(await _client.NextAsync("question"), 1);
        _client.Answer = static _ => [2];
        Assert.Equal(2, await Patience.Within(_socket.EmitWithAckAsync<int>("question")));
    }

    [Fact]
    public async Task A_client_that_goes_ends_the_wait_for_its_answer()
    {
        await StartAsync();
        var waiting = _socket.EmitWithAckAsync<int>("question");
        await _client.NextAsync("question");
        _client.Client.Abort();
        await Assert.ThrowsAsync<SocketDisconnectedException>(() => Patience.Within(waiting));
        await Assert.ThrowsAsync<SocketDisconnectedException>(() => Patience.Within(_socket.EmitWithAckAsync<int>("question")));
    }

    [Fact]
    public async Task A_wait_for_an_answer_can_be_given_up()
    {
        await StartAsync();
        using var cancellation = new CancellationTokenSource();
        var waiting = _socket.Timeout(TimeSpan.FromHours(1)).WithCancellation(cancellation.Token).EmitWithAckAsync<int>("question");
        await _client.NextAsync("question");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.Within(waiting));
    }

    [Fact]
    public async Task An_answer_may_have_several_values_or_none_or_bytes()
    {
        await StartAsync();
        _client.Answer = question => question.Name switch
        {
            "none" => [],
            _ => [1, "two", new byte[] { 3 }],
        };
        var all = await Patience.Within(_socket.EmitWithAckAsync("several"));
        Assert.Equal(3, all.Count);
        Assert.Equal("two", all.Get<string>(1));
        Assert.Equal([3], all.Get<byte[]>(2)!);
        Assert.Equal(1, await Patience.Within(_socket.EmitWithAckAsync<int>("several")));
        Assert.Equal(0, await Patience.Within(_socket.EmitWithAckAsync<int>("none")));
    }

    [Fact]
    public async Task Who_disconnects_is_in_its_rooms_until_it_has()
    {
        await StartAsync();
        await _socket.JoinAsync("room1", "room2");
        string[] before = [], after = ["x"];
        var order = new List<string>();
        _socket.OnDisconnecting(end =>
        {
            before = [.. _socket.Rooms];
            order.Add($"disconnecting {end.Reason} {_socket.IsConnected}");
        });
        _socket.OnDisconnect(_ => after = [.. _socket.Rooms]);
        _socket.OnDisconnect(end => order.Add($"disconnect {end.Reason} {_socket.IsConnected}"));
        var gone = WaitForDisconnect();
        await _client.LeaveAsync();
        await gone;
        Assert.Equal(new[] { _socket.Id, "room1", "room2" }.Order(), before.Order());
        Assert.Empty(after);
        Assert.Equal(["disconnecting client namespace disconnect True", "disconnect client namespace disconnect False"], order);
    }

    public static TheoryData<string, Func<TestSocket, Socket, Task>> Ends() => new()
    {
        { CloseReasons.ClientNamespaceDisconnect, static (client, _) => client.LeaveAsync() },
        { CloseReasons.TransportClose, static (client, _) => client.Client.CloseAsync() },
        { CloseReasons.TransportClose, static (client, _) => Run(client.Client.Abort) },
        { CloseReasons.ServerNamespaceDisconnect, static (_, socket) => Run(() => socket.Disconnect()) },
        { CloseReasons.ServerNamespaceDisconnect, static (_, socket) => Run(() => socket.Disconnect(close: true)) },
        { CloseReasons.ForcedClose, static (_, socket) => Run(socket.Connection.Close) },
        { CloseReasons.ServerShuttingDown, static (_, socket) => socket.Server.CloseAsync() },
        { CloseReasons.ParseError, static (client, _) => client.Client.SendAsync("x") },
        { CloseReasons.TransportError, static (client, _) => client.Client.SendAsync("2") },
        { CloseReasons.ForcedClose, static (client, _) => client.Client.SendAsync("42[\"x\"") },
        { CloseReasons.ForcedClose, static (client, _) => client.Client.SendAsync("42[\"disconnect\"]") },
        { CloseReasons.ForcedClose, static (client, _) => client.Client.SendAsync("40") },
        { CloseReasons.ForcedClose, static (client, _) => client.Client.SendAsync("42/other,[\"x\"]") },
        { CloseReasons.TransportError, static (client, _) => client.Client.SendAsync("4" + new string('.', 1_000_001)) },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Each_end_has_its_reason(string reason, Func<TestSocket, Socket, Task> end)
    {
        await StartAsync();
        var gone = WaitForDisconnect();
        await end(_client, _socket);
        Assert.Equal(reason, (await gone).Reason);
        Assert.False(_socket.IsConnected);
        Assert.Empty(_socket.Rooms);
        Assert.DoesNotContain(_socket.Id, _node.Io.Sockets.Sockets.Keys);
    }

    [Fact]
    public async Task After_the_end_nothing_is_sent_and_nothing_is_joined()
    {
        await StartAsync();
        var gone = WaitForDisconnect();
        _socket.Disconnect();
        await gone;
        _socket.Emit("event");
        await _socket.JoinAsync("room1");
        Assert.Empty(_socket.Rooms);
        _socket.Disconnect().Disconnect(close: true);
        Assert.Equal("io server disconnect", await _client.Disconnected);
        Assert.True(_socket.DisconnectToken.IsCancellationRequested);
    }

    [Fact]
    public async Task Data_tells_of_its_changes()
    {
        await StartAsync();
        var changes = new List<string>();
        _socket.Data.Changed += changes.Add;
        _socket.Data["a"] = 1;
        _socket.Data["a"] = 2;
        _socket.Data.Remove("nothing");
        _socket.Data.Remove("a");
        Assert.Equal(["a", "a", "a"], changes);
        Assert.Null(_socket.Data["a"]);
        _socket.Data["b"] = "text";
        Assert.True(_socket.Data.TryGet<string>("b", out var text));
        Assert.Equal("text", text);
        Assert.False(_socket.Data.TryGet<int>("c", out _));
        Assert.Equal(1, _socket.Data.Count);
    }

    [Fact]
    public async Task The_handshake_tells_how_the_client_came_in()
    {
        _node = await Node.StartAsync();
        await using var connection = await TestClient.OpenAsync(_node.Address, query: "&room=blue&x=1&x=2", configure: static options =>
        {
            options.SetRequestHeader("Origin", "http://example.org");
            options.SetRequestHeader("X-Test", "yes");
        });
        var client = await connection.JoinAsync("/", new { token = "secret", nested = new { a = 1 } });
        var handshake = _node[client].Handshake;
        Assert.Equal("yes", handshake.Headers["x-test"]);
        Assert.Equal("blue", handshake.GetQuery("room"));
        Assert.Equal("/socket.io/?EIO=4&transport=websocket&room=blue&x=1&x=2", handshake.Url);
        Assert.True(handshake.IsCrossDomain);
        Assert.False(handshake.IsSecure);
        Assert.Equal("127.0.0.1", handshake.Address);
        Assert.Equal("secret", handshake.Auth.GetProperty("token").GetString());
        Assert.Equal(1, handshake.GetAuth<System.Text.Json.JsonElement>().GetProperty("nested").GetProperty("a").GetInt32());
        Assert.Equal(20, client.Id.Length);
        Assert.NotEqual(client.Id, connection.Open.GetProperty("sid").GetString());
    }

    [Fact]
    public async Task A_socket_in_too_many_rooms_may_join_no_more()
    {
        await StartAsync(static options => options.MaxRoomsPerSocket = 3);
        await _socket.JoinAsync("room1", "room2");
        await _socket.JoinAsync("room1");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => _socket.JoinAsync("room3").AsTask());
        Assert.Contains("MaxRoomsPerSocket", error.Message, StringComparison.Ordinal);
        await _socket.LeaveAsync("room1");
        await _socket.JoinAsync("room3");
        Assert.Equal(3, _socket.Rooms.Count);
    }

    [Fact]
    public async Task A_room_without_a_name_is_refused_and_no_other_outlives_the_socket_for_it()
    {
        await StartAsync();
        await Assert.ThrowsAsync<ArgumentNullException>(() => _socket.JoinAsync("room1", null!).AsTask());
        await _socket.JoinAsync("room2");
        Assert.Equal([_socket.Id, "room2"], _socket.Rooms);

        _socket.Disconnect();

        Assert.Empty(_node.Io.Sockets.Adapter.Rooms);
    }

    [Fact]
    public async Task An_array_is_one_argument_and_raw_json_goes_through()
    {
        await StartAsync();
        _socket.Emit("event", new[] { "a", "b" });
        Assert.Equal("""["a","b"]""", Assert.Single((await _client.NextAsync("event")).Args).GetRawText());
        _socket.Emit("event", null!);
        Assert.Equal("null", Assert.Single((await _client.NextAsync("event")).Args).GetRawText());
        _socket.Emit("event", new { Name = "Ada", Bytes = new byte[] { 1 }, Deep = new object[] { new byte[] { 2 } } }, double.NaN, 'x', 1.5m);
        var received = await _client.NextAsync("event");
        Assert.Equal("""{"name":"Ada","bytes":{"_placeholder":true,"num":0},"deep":[{"_placeholder":true,"num":1}]}""", received.Args[0].GetRawText());
        Assert.Equal([[1], [2]], received.Attachments);
        Assert.Equal("null", received.Args[1].GetRawText());
        _socket.Emit("stream", new MemoryStream([4, 5]), (ReadOnlyMemory<byte>)new byte[] { 6 });
        received = await _client.NextAsync("stream");
        Assert.Equal([4, 5], received.Bytes(0));
        Assert.Equal([6], received.Bytes(1));
    }

    [Fact]
    public async Task Message_is_the_event_of_send()
    {
        await StartAsync();
        _socket.Send("hello", 1);
        var received = await _client.NextAsync("message");
        Assert.Equal("hello", received.Text(0));
        _node.Io.Send("all");
        Assert.Equal("all", (await _client.NextAsync("message")).Text(0));
    }

    private static Task Run(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private async Task StartAsync(Action<SocketIOOptions>? configure = null)
    {
        _node = await Node.StartAsync(configure);
        _client = await _node.ConnectAsync();
        _socket = _node[_client];
    }

    private Task<Disconnection> WaitForDisconnect()
    {
        var gone = new TaskCompletionSource<Disconnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        _socket.OnDisconnect(end => gone.TrySetResult(end));
        return Patience.Within(gone.Task);
    }
}
