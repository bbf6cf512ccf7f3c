using SocketIO.Server;

namespace SocketIO.Testing;

/// <summary>
/// What an adapter owes to the server above it, seen by clients. The numbers are those of the behaviours that the adapters of the Node implementation are held
/// against. 6 and 27 need a bus that fails, and are shown where there is one; left out are those that belong to one kind of bus (30 payload codec, 31 capped
/// collection, 32 primary process).
/// </summary>
public abstract class AdapterContract(int nodeCount) : NodeSuite(nodeCount)
{
    private static readonly byte[] Bytes = [0, 1, 127, 128, 255];

    /// <summary>Whether one order holds for all rooms of a namespace.</summary>
    protected virtual bool HasOneOrder => true;

    /// <summary>The clients who sit on the first node.</summary>
    private TestSocket[] Neighbours => [.. Clients.Where((_, i) => i % NodeCount == 0)];

    [Fact]
    public async Task B01_a_broadcast_reaches_everybody_with_number_text_and_bytes_unchanged()
    {
        Io.Emit("test", 1, "two ✓ \u2028", Bytes);
        foreach (var client in Clients)
        {
            var received = await client.NextAsync("test");
            Assert.Equal(1, received.Int(0));
            Assert.Equal("two ✓ \u2028", received.Text(1));
            Assert.Equal(Bytes, received.Bytes(2));
        }

        await AssertNothingElseAsync(Clients);
    }

    [Fact]
    public async Task B02_a_broadcast_to_a_namespace_reaches_its_sockets_and_nobody_else()
    {
        var custom = await ConnectAllAsync("/custom");
        Io.Of("/custom").Emit("test");
        foreach (var client in custom)
        {
            await client.NextAsync("test");
        }

        await AssertNothingElseAsync(Clients.Concat(custom));
    }

    [Fact]
    public async Task B03_a_broadcast_to_a_room_reaches_who_is_in_it()
    {
        await Server(B).JoinAsync("room1");
        Io.To("room1").Emit("test");
        await AssertOnlyAsync("test", [B]);
    }

    [Fact]
    public async Task B04_a_broadcast_leaves_out_who_is_in_an_excepted_room()
    {
        await Server(B).JoinAsync("room1");
        Io.Except("room1").Emit("test");
        await AssertOnlyAsync("test", [A, C]);
    }

    [Fact]
    public async Task B05_a_local_broadcast_stays_on_its_node()
    {
        Io.Local.Emit("test");
        await AssertOnlyAsync("test", Neighbours);
    }

    [Fact]
    public async Task B07_who_is_in_several_of_the_rooms_gets_one_copy()
    {
        foreach (var client in Clients)
        {
            await Server(client).JoinAsync("room1", "room2", "room3");
        }

        Io.To("room1").To("room2", "room3").To(B.Id).Emit("test");
        await AssertOnlyAsync("test", Clients);
    }

    [Fact]
    public async Task B07_rooms_are_united_and_then_reduced()
    {
        await Server(A).JoinAsync("room1");
        await Server(B).JoinAsync("room2");
        await Server(C).JoinAsync("room2", "room3");
        Io.To("room1", "room2").Except("room3").Emit("test");
        await AssertOnlyAsync("test", [A, B]);
    }

    [Fact]
    public async Task B08_a_single_socket_is_reached_by_its_id_from_another_node()
    {
        Io.To(B.Id).Emit("test");
        await AssertOnlyAsync("test", [B]);
        NodeOf(1).Io.To(A.Id).Emit("test");
        await A.NextAsync("test");
        await AssertNothingElseAsync(Clients);
    }

    [Fact]
    public async Task A_socket_broadcasts_to_all_but_itself()
    {
        Server(A).Broadcast.Emit("test");
        await AssertOnlyAsync("test", [B, C]);
    }

    [Fact]
    public async Task A_room_that_nobody_is_in_gets_nothing()
    {
        Io.To("nowhere").Emit("test");
        await AssertNothingElseAsync(Clients);
    }

    [Fact]
    public async Task A_volatile_broadcast_reaches_clients_that_are_idle()
    {
        Io.Volatile.Emit("test", 5);
        await AssertOnlyAsync("test", Clients);
    }

    [Fact]
    public async Task What_one_node_sends_arrives_in_its_order_everywhere()
    {
        for (var i = 0; i < 500; i++)
        {
            (i % 3 == 0 ? Io.To(A.Id, B.Id, C.Id) : i % 3 == 1 ? Io.Except("nowhere") : Io.Compress(false)).Emit("test", i);
        }

        foreach (var client in Clients)
        {
            var received = new List<int>();
            for (var i = 0; i < 500; i++)
            {
                received.Add((await client.NextAsync("test")).Int(0));
            }

            Assert.Equal(Enumerable.Range(0, 500), HasOneOrder ? received : received.Order());
            // What was sent to the same rooms keeps its order in any case.
            Assert.Equal(Enumerable.Range(0, 500).Where(static i => i % 3 == 0), received.Where(static i => i % 3 == 0));
            Assert.Equal(Enumerable.Range(0, 500).Where(static i => i % 3 != 0), received.Where(static i => i % 3 != 0));
        }
    }

    [Fact]
    public async Task What_is_sent_to_a_room_at_the_same_time_arrives_in_one_order_everywhere()
    {
        const int Senders = 4;
        const int Each = 2000;
        foreach (var client in Clients)
        {
            await Server(client).JoinAsync("room");
        }

        var sending = new Barrier(Senders);
        var threads = Enumerable.Range(0, Senders).Select(sender => new Thread(() =>
        {
            sending.SignalAndWait();
            for (var i = 0; i < Each; i++)
            {
                NodeOf(sender).Io.To("room").Emit("test", (sender * Each) + i);
            }
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());

        List<int>? first = null;
        foreach (var client in Clients)
        {
            var received = new List<int>();
            while (received.Count < Senders * Each)
            {
                received.Add((await client.NextAsync("test")).Int(0));
            }

            Assert.Equal(first ??= received, received);
        }

        Assert.Equal(Enumerable.Range(0, Senders * Each), first!.Order());
    }

    [Fact]
    public async Task B09_a_broadcast_collects_one_answer_of_each_client()
    {
        AnswerWith(client => client.Id);
        var answers = await Patience.Within(Io.Timeout(TimeSpan.FromSeconds(30)).EmitWithAckAsync<string>("question"));
        Assert.Equal(Clients.Select(static client => client.Id).Order(), answers.Order());
    }

    [Fact]
    public async Task B09_ten_clients_are_asked_and_ten_answer()
    {
        var others = new List<TestSocket>();
        for (var i = 0; i < 7; i++)
        {
            var number = i;
            var client = await ConnectAsync(i);
            client.Answer = _ => [number];
            others.Add(client);
        }

        AnswerWith(_ => 100);
        var answers = await Patience.Within(Io.Timeout(TimeSpan.FromSeconds(30)).EmitWithAckAsync<int>("question"));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 100, 100, 100], answers.Order());
    }

    [Fact]
    public async Task B10_bytes_are_answered_with_bytes()
    {
        AnswerWith(_ => Bytes);
        var answers = await Patience.Within(Io.Timeout(TimeSpan.FromSeconds(30)).EmitWithAckAsync<byte[]>("question", Bytes));
        Assert.Equal(3, answers.Count);
        Assert.All(answers, answer => Assert.Equal(Bytes, answer));
        Assert.Equal(Bytes, (await C.NextAsync("question")).Bytes(0));
    }

    [Fact]
    public async Task B11_asking_nobody_gives_an_empty_list_without_waiting_for_the_timeout()
    {
        var answers = await Patience.Within(Io.To("nowhere").Timeout(TimeSpan.FromHours(1)).EmitWithAckAsync<string>("question"));
        Assert.Empty(answers);
    }

    [Fact]
    public async Task B12_a_client_that_is_silent_costs_an_error_that_has_the_other_answers()
    {
        AnswerWith(client => client.Id);
        C.Answer = null;
        var error = await Patience.UntilAnswered(
            timeout => Assert.ThrowsAsync<AckTimeoutException<string?>>(() => Patience.Within(Io.Timeout(timeout).EmitWithAckAsync<string>("question"))),
            static error => error.Responses.Count == 2);
        Assert.Equal("operation has timed out", error.Message);
        Assert.Equal(new[] { A.Id, B.Id }.Order(), error.Responses.Order());

        // The late answer goes nowhere.
        await C.AckAsync(await C.NextAsync("question"), "late");
        AnswerWith(_ => "again");
        Assert.Equal(["again", "again", "again"], await Patience.Within(Io.Timeout(TimeSpan.FromSeconds(30)).EmitWithAckAsync<string>("question")));
    }

    [Fact]
    public async Task B12_without_a_timeout_there_is_no_waiting()
    {
        await Assert.ThrowsAsync<AckTimeoutException<string?>>(() => Patience.Within(Io.To(A.Id).EmitWithAckAsync<string>("question")));
        await A.NextAsync("question");
    }

    [Fact]
    public async Task B12_the_caller_may_give_up()
    {
        using var cancellation = new CancellationTokenSource();
        var answers = Io.Timeout(TimeSpan.FromHours(1)).WithCancellation(cancellation.Token).EmitWithAckAsync<string>("question");
        await A.NextAsync("question");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.Within(answers));
    }

    [Fact]
    public async Task B13_a_socket_of_this_node_is_asked_alone()
    {
        AnswerWith(client => client.Id);
        Assert.Equal(B.Id, await Patience.Within(Server(B).Timeout(TimeSpan.FromSeconds(30)).EmitWithAckAsync<string>("question")));
        await AssertOnlyAsync("question", [B]);
    }

    [Fact]
    public async Task B14_a_socket_of_another_node_is_asked_alone_and_gives_one_value()
    {
        AnswerWith(client => client.Id);
        var remote = Assert.Single(await Io.In(B.Id).FetchSocketsAsync());
        Assert.Equal(B.Id, await Patience.Within(remote.EmitWithAckAsync<string>(TimeSpan.FromSeconds(30), "question")));
        await AssertOnlyAsync("question", [B]);
    }

    [Fact]
    public async Task B14_a_remote_socket_that_has_gone_does_not_answer()
    {
        var remote = Assert.Single(await Io.In(B.Id).FetchSocketsAsync());
        await LoseAsync(B);
        await Assert.ThrowsAnyAsync<AckTimeoutException>(() => Patience.Within(remote.EmitWithAckAsync<string>(TimeSpan.FromMilliseconds(300), "question")));
    }

    [Fact]
    public async Task A_remote_socket_can_be_sent_to_moved_and_disconnected()
    {
        var remote = Assert.Single(await Io.In(B.Id).FetchSocketsAsync());
        remote.Emit("test", "hello");
        Assert.Equal("hello", (await B.NextAsync("test")).Text(0));
        await remote.JoinAsync("room1", "room2");
        await remote.LeaveAsync("room2");
        Io.To("room1").Emit("in");
        Io.To("room2").Emit("out");
        await AssertOnlyAsync("in", [B]);
        remote = Assert.Single(await Io.In(B.Id).FetchSocketsAsync());
        Assert.Equal([B.Id, "room1"], remote.Rooms.OrderBy(static room => room.Length == 5));
        await remote.DisconnectAsync();
        Assert.Equal("io server disconnect", await B.Disconnected);
        await AssertNothingElseAsync(A, C);
    }

    [Fact]
    public async Task B15_everybody_can_be_put_into_a_room()
    {
        await Io.SocketsJoinAsync("room1");
        Io.To("room1").Emit("test");
        await AssertOnlyAsync("test", Clients);
    }

    [Fact]
    public async Task B15_the_members_of_a_room_can_be_put_into_another()
    {
        await Server(A).JoinAsync("room1");
        await Server(C).JoinAsync("room1");
        await Io.In("room1").SocketsJoinAsync("room2", "room3");
        Io.To("room2").Emit("test");
        await AssertOnlyAsync("test", [A, C]);
    }

    [Fact]
    public async Task B15_one_socket_can_be_put_into_a_room_by_its_id()
    {
        await Io.In(B.Id).SocketsJoinAsync("room1");
        Io.To("room1").Emit("test");
        await AssertOnlyAsync("test", [B]);
    }

    [Fact]
    public async Task B16_everybody_can_be_taken_out_of_a_room()
    {
        await Io.SocketsJoinAsync("room1", "room2");
        await Io.SocketsLeaveAsync("room1");
        Io.To("room1").Emit("test");
        await AssertNothingElseAsync(Clients);
        Io.To("room2").Emit("test");
        await AssertOnlyAsync("test", Clients);
    }

    [Fact]
    public async Task B16_the_members_of_a_room_can_be_taken_out_of_another()
    {
        await Io.SocketsJoinAsync("room2");
        await Server(A).JoinAsync("room1");
        await Server(C).JoinAsync("room1");
        await Io.In("room1").SocketsLeaveAsync("room2");
        Io.To("room2").Emit("test");
        await AssertOnlyAsync("test", [B]);
    }

    [Fact]
    public async Task B16_one_socket_can_be_taken_out_of_a_room_by_its_id()
    {
        await Io.SocketsJoinAsync("room1");
        await Io.In(B.Id).SocketsLeaveAsync("room1");
        Io.To("room1").Emit("test");
        await AssertOnlyAsync("test", [A, C]);
    }

    [Fact]
    public async Task B17_everybody_can_be_disconnected_with_the_connection()
    {
        await Io.DisconnectSocketsAsync(close: true);
        foreach (var client in Clients)
        {
            Assert.Equal("io server disconnect", await client.Disconnected);
            await client.Client.Closed;
        }
    }

    [Fact]
    public async Task B17_without_closing_the_connection_goes_on()
    {
        await Server(B).JoinAsync("room1");
        await Io.In("room1").DisconnectSocketsAsync();
        Assert.Equal("io server disconnect", await B.Disconnected);
        var again = await B.Client.JoinAsync();
        await AssertNothingElseAsync(A, again, C);
    }

    [Fact]
    public async Task B18_an_event_sent_before_a_disconnect_arrives_first()
    {
        Io.Emit("bye", 1);
        await Io.DisconnectSocketsAsync(close: true);
        foreach (var client in Clients)
        {
            Assert.Equal(1, (await client.NextAsync("bye")).Int(0));
            Assert.Equal("io server disconnect", await client.Disconnected);
        }
    }

    [Fact]
    public async Task B19_the_sockets_of_all_nodes_can_be_fetched()
    {
        var found = await Io.FetchSocketsAsync();
        Assert.Equal(Clients.Select(static client => client.Id).Order(), found.Select(static socket => socket.Id).Order());
    }

    [Fact]
    public async Task B20_a_fetched_socket_has_its_owners_handshake_data_and_rooms()
    {
        var owner = Server(B);
        owner.Data["user"] = "Grace";
        owner.Data["number"] = 7;
        var remote = Assert.Single(await Io.In(B.Id).FetchSocketsAsync());
        Assert.Equal(B.Id, remote.Id);
        Assert.Equal([B.Id], remote.Rooms);
        Assert.Equal("Grace", remote.Data.Get<string>("user"));
        Assert.Equal(7, remote.Data.Get<int>("number"));
        Assert.Equal(owner.Handshake.Headers, remote.Handshake.Headers);
        Assert.Equal(owner.Handshake.Query, remote.Handshake.Query);
        Assert.Equal(owner.Handshake.Url, remote.Handshake.Url);
        Assert.Equal(owner.Handshake.Issued, remote.Handshake.Issued);
        Assert.Equal(owner.Handshake.Address, remote.Handshake.Address);
        Assert.Equal(owner.Handshake.IsSecure, remote.Handshake.IsSecure);
        Assert.Equal(owner.Handshake.IsCrossDomain, remote.Handshake.IsCrossDomain);
        Assert.Equal(owner.Handshake.Auth.GetRawText(), remote.Handshake.Auth.GetRawText());
    }

    [Fact]
    public async Task B21_the_sockets_of_this_node_can_be_fetched_alone()
    {
        var found = await Io.Local.FetchSocketsAsync();
        Assert.Equal(Neighbours.Select(static client => client.Id).Order(), found.Select(static socket => socket.Id).Order());
    }

    [Fact]
    public async Task B22_an_event_for_servers_reaches_the_others_and_not_its_sender()
    {
        var heard = new TaskCompletionSource<string>[NodeCount];
        for (var i = 0; i < NodeCount; i++)
        {
            var node = heard[i] = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            Nodes[i].Io.Of("/").OnServerSide("hello", arguments =>
            {
                node.TrySetResult($"{arguments.Get<int>(0)} {arguments.Get<string>(1)} {arguments.Count}");
                return null;
            });
        }

        Io.ServerSideEmit("hello", 1, "two");
        // Who asks for answers next has been served in between.
        Assert.Equal(NodeCount - 1, (await AskServersAsync("after")).Count);
        foreach (var other in heard.Skip(1))
        {
            Assert.Equal("1 two 2", await Patience.Within(other.Task));
        }

        Assert.False(heard[0].Task.IsCompleted);
    }

    [Fact]
    public async Task B23_an_event_for_servers_collects_the_answers_of_the_others()
    {
        var answers = await AskServersAsync("ask");
        Assert.Equal(Enumerable.Range(1, NodeCount - 1), answers.Order());
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("connection")]
    [InlineData("new_namespace")]
    public void B22_reserved_names_are_not_sent_to_servers(string name)
    {
        Assert.Throws<ArgumentException>(() => Io.ServerSideEmit(name));
        Assert.Throws<ArgumentException>(() => { _ = Io.ServerSideEmitWithAckAsync<int>(name); });
    }

    [Fact]
    public async Task B24_a_server_that_is_silent_costs_an_error_that_has_the_other_answers()
    {
        for (var i = 1; i < NodeCount - 1; i++)
        {
            Nodes[i].Io.Of("/").OnServerSide("ask", _ => 1);
        }

        var payload = new EventPayload("[\"ask\"]"u8.ToArray());
        Task<IReadOnlyList<EventPayload>> AskAsync(TimeSpan timeout) =>
            Patience.Within(Io.Sockets.Adapter.ServerSideEmitWithAckAsync(payload, timeout, CancellationToken.None).AsTask());

        if (NodeCount == 1)
        {
            // Nobody else is there to be silent.
            Assert.Empty(await AskAsync(TimeSpan.FromHours(1)));
            return;
        }

        var error = await Patience.UntilAnswered(
            timeout => Assert.ThrowsAnyAsync<AckTimeoutException>(() => AskAsync(timeout)),
            error => error.Payloads.Count == NodeCount - 2);
        Assert.Equal(NodeCount - 2, error.Payloads.Count);
    }

    [Fact]
    public async Task B25_a_server_that_leaves_while_it_is_asked_is_not_waited_for()
    {
        var leaver = Nodes[^1];
        var closing = Task.CompletedTask;
        for (var i = 1; i < NodeCount - 1; i++)
        {
            Nodes[i].Io.Of("/").OnServerSide("ask", _ => 1);
        }

        if (NodeCount > 1)
        {
            leaver.Io.Of("/").OnServerSide("ask", _ =>
            {
                closing = leaver.App.StopAsync();
                throw new InvalidOperationException("it leaves without an answer");
            });
        }

        var answers = await Patience.Within(Io.ServerSideEmitWithAckAsync<int>("ask"));
        Assert.Equal(Math.Max(0, NodeCount - 2), answers.Count);
        await closing;
    }

    [Fact]
    public async Task B26_rooms_may_have_numbers_for_names()
    {
        await Server(B).JoinAsync("0", "42");
        Io.To("42").Emit("test");
        await AssertOnlyAsync("test", [B]);
    }

    [Fact]
    public async Task B28_the_rooms_of_all_nodes_can_be_listed()
    {
        await Server(A).JoinAsync("room1");
        await Server(B).JoinAsync("room2");
        await Server(C).JoinAsync("room2", "room3");
        var found = await Io.FetchSocketsAsync();
        Assert.Equal(
            Clients.Select(static client => client.Id).Concat(["room1", "room2", "room3"]).Order(),
            found.SelectMany(static socket => socket.Rooms).Distinct().Order());
    }

    [Fact]
    public async Task B29_a_server_that_has_closed_has_no_sockets_any_more()
    {
        var last = Nodes[^1];
        await Patience.Within(last.Io.CloseAsync());
        await Clients[NodeCount == 1 ? 0 : NodeCount - 1].Client.Closed;
        Assert.Empty(last.Io.Sockets.Sockets);
        if (NodeCount > 1)
        {
            var found = await Io.FetchSocketsAsync();
            Assert.Equal(Clients.Where((_, i) => i % NodeCount != NodeCount - 1).Select(static client => client.Id).Order(), found.Select(static socket => socket.Id).Order());
        }

        await Patience.Within(last.Io.CloseAsync());
    }

    [Fact]
    public async Task Every_node_counts_the_same_servers()
    {
        foreach (var node in Nodes)
        {
            Assert.Equal(NodeCount, await node.Io.Sockets.Adapter.GetServerCountAsync());
        }
    }

    [Fact]
    public async Task Who_has_left_a_room_gets_nothing_of_it_any_more()
    {
        await Server(A).JoinAsync("room1");
        await Server(B).JoinAsync("room1");
        await Server(B).LeaveAsync("room1");
        NodeOf(1).Io.To("room1").Emit("test");
        await A.NextAsync("test");
        await AssertNothingElseAsync(Clients);
    }

    [Fact]
    public async Task Who_has_gone_is_in_no_list_and_no_room()
    {
        await Server(B).JoinAsync("room1");
        await LoseAsync(B);
        Assert.Empty(await Io.In("room1").FetchSocketsAsync());
        Assert.Equal(new[] { A.Id, C.Id }.Order(), (await Io.FetchSocketsAsync()).Select(static socket => socket.Id).Order());
        Assert.DoesNotContain("room1", NodeOf(1).Io.Sockets.Adapter.Rooms.Keys);
        Assert.DoesNotContain(B.Id, NodeOf(1).Io.Sockets.Adapter.SocketIds.Keys);
    }

    [Fact]
    public async Task A_node_lists_its_rooms_and_its_sockets()
    {
        await Server(A).JoinAsync("room1");
        var adapter = Io.Sockets.Adapter;
        Assert.Equal([A.Id], adapter.Rooms["room1"]);
        Assert.Equal([A.Id], adapter.Rooms[A.Id]);
        Assert.Equal(new[] { A.Id, "room1" }.Order(), adapter.SocketIds[A.Id].Order());
        Assert.Equal(new[] { A.Id, "room1" }.Order(), adapter.GetRooms(Server(A)).Order());
    }

    [Fact]
    public async Task A_room_is_created_once_and_joined_once_by_a_socket()
    {
        var events = Record(Io.Sockets.Adapter);
        await Server(A).JoinAsync("room1");
        await Server(A).JoinAsync("room1");
        Assert.Equal(["create room1", $"join room1 {A.Id}"], events);
    }

    [Fact]
    public async Task A_room_is_left_once_and_deleted_with_its_last_socket()
    {
        var second = await ConnectAsync(0);
        await Server(A).JoinAsync("room1");
        await Server(second).JoinAsync("room1");
        var events = Record(Io.Sockets.Adapter);
        await Server(A).LeaveAsync("room1");
        await Server(A).LeaveAsync("room1");
        await Server(A).LeaveAsync("never joined");
        Assert.Equal([$"leave room1 {A.Id}"], events);
        await Server(second).LeaveAsync("room1");
        Assert.Equal([$"leave room1 {A.Id}", $"leave room1 {second.Id}", "delete room1"], events);
    }

    [Fact]
    public async Task A_socket_that_comes_and_goes_makes_and_deletes_its_own_room()
    {
        var events = Record(Io.Sockets.Adapter);
        var client = await ConnectAsync(0);
        Assert.Equal([$"create {client.Id}", $"join {client.Id} {client.Id}"], events);
        await Server(client).JoinAsync("room1");
        events.Clear();
        var socket = Server(client);
        await LoseAsync(client);
        Assert.Equal(
            new[] { $"leave {client.Id} {client.Id}", $"delete {client.Id}", $"leave room1 {client.Id}", "delete room1" }.Order(),
            events.Order());
        events.Clear();
        await Io.Sockets.Adapter.DeleteAllAsync(socket);
        await Io.Sockets.Adapter.DeleteAsync(socket, "room1");
        Assert.Empty(events);
    }

    [Fact]
    public async Task Who_is_disconnected_while_joining_stays_in_no_room()
    {
        var adapter = Io.Sockets.Adapter;
        var socket = Server(A);
        adapter.RoomJoined += (room, _) =>
        {
            if (room == "first")
            {
                socket.Disconnect();
            }
        };
        await socket.JoinAsync("first", "second");
        Assert.Empty(socket.Rooms);
        Assert.DoesNotContain("first", adapter.Rooms.Keys);
        Assert.DoesNotContain("second", adapter.Rooms.Keys);
        await socket.JoinAsync("third");
        Assert.Empty(socket.Rooms);
    }

    [Fact]
    public async Task Rooms_of_one_namespace_are_not_those_of_another()
    {
        var custom = await ConnectAllAsync("/custom");
        await Server(A).JoinAsync("room1");
        await Server(custom[1]).JoinAsync("room1");
        Io.To("room1").Emit("main");
        Io.Of("/custom").To("room1").Emit("custom");
        await A.NextAsync("main");
        await custom[1].NextAsync("custom");
        await AssertNothingElseAsync(Clients.Concat(custom));
    }

    private static List<string> Record(Adapter adapter)
    {
        var events = new List<string>();
        adapter.RoomCreated += room => events.Add($"create {room}");
        adapter.RoomDeleted += room => events.Add($"delete {room}");
        adapter.RoomJoined += (room, id) => events.Add($"join {room} {id}");
        adapter.RoomLeft += (room, id) => events.Add($"leave {room} {id}");
        return events;
    }

    private Task<IReadOnlyList<int>> AskServersAsync(string name)
    {
        for (var i = 0; i < NodeCount; i++)
        {
            var number = i;
            Nodes[i].Io.Of("/").OnServerSide(name, _ => number);
        }

        return Patience.Within(Io.ServerSideEmitWithAckAsync<int>(name));
    }

    private async Task LoseAsync(TestSocket client)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Server(client).OnDisconnect(_ => gone.TrySetResult());
        client.Client.Abort();
        await Patience.Within(gone.Task);
    }
}
