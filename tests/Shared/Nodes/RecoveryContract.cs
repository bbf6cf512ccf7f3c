using SocketIO.Server;

namespace SocketIO.Testing;

/// <summary>What an adapter that keeps packets owes a client who lost the connection. The client comes back at the next node, if there is one.</summary>
public abstract class RecoveryContract(int nodeCount) : NodeSuite(nodeCount)
{
    /// <summary>Whether a client may come back before its old connection is known to be lost.</summary>
    protected virtual bool EvictsOwners => false;

    protected override void Configure(SocketIOOptions options) => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();

    [Fact]
    public async Task A_client_comes_back_with_its_id_rooms_and_data()
    {
        Server(A).Data["user"] = "Grace";
        await Server(A).JoinAsync("room1");
        await GetOffsetAsync();
        await LoseAsync(A);
        var back = await ReturnAsync();
        Assert.Equal(A.Id, back.Id);
        Assert.Equal(A.PrivateId, back.PrivateId);
        var socket = Server(back);
        Assert.True(socket.Recovered);
        Assert.Equal(new[] { A.Id, "room1" }.Order(), socket.Rooms.Order());
        Assert.Equal("Grace", socket.Data.Get<string>("user"));
        Io.To("room1").Emit("test");
        await back.NextAsync("test");
    }

    [Fact]
    public async Task A_client_whose_data_can_not_be_written_comes_back_to_its_rooms()
    {
        Server(A).Data["delegate"] = () => 1;
        await Server(A).JoinAsync("room1");
        await GetOffsetAsync();
        await LoseAsync(A);
        var back = await ReturnAsync();
        Assert.Equal(A.Id, back.Id);
        Assert.Equal(new[] { A.Id, "room1" }.Order(), Server(back).Rooms.Order());
    }

    [Fact]
    public async Task A_client_gets_what_it_missed_once_and_in_order_and_nothing_that_was_not_for_it()
    {
        var custom = await ConnectAllAsync("/custom");
        await Server(A).JoinAsync("room1");
        var id = A.Id;
        await GetOffsetAsync();
        await LoseAsync(A);
        Io.To(id).Emit("direct", 1);
        Io.Emit("all", 2, new byte[] { 1, 2, 3 });
        Io.To("room2").Emit("other room");
        Io.Of("/custom").Emit("other namespace");
        Io.Except("room1").Emit("excepted");
        Io.Volatile.Emit("volatile");
        Io.To("room1", "room2").Emit("room", 3);
        await custom[0].NextAsync("other namespace");
        var back = await ReturnAsync();
        Assert.Equal(id, back.Id);
        var offsets = new HashSet<string>();
        var direct = await back.NextAsync("direct");
        Assert.Equal(1, direct.Int(0));
        Assert.True(offsets.Add(direct.Text(1)));
        var all = await back.NextAsync("all");
        Assert.Equal([1, 2, 3], all.Bytes(1));
        Assert.True(offsets.Add(all.Text(2)));
        var room = await back.NextAsync("room");
        Assert.Equal(3, room.Int(0));
        Assert.True(offsets.Add(room.Text(1)));
        await AssertNothingElseAsync(back);
    }

    [Fact]
    public async Task Who_missed_nothing_gets_nothing()
    {
        await GetOffsetAsync();
        await LoseAsync(A);
        var back = await ReturnAsync();
        Assert.Equal(A.Id, back.Id);
        await AssertNothingElseAsync(back);
    }

    [Fact]
    public async Task An_event_sent_while_the_connection_is_being_lost_is_not_lost()
    {
        await GetOffsetAsync();
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // The last word: it leaves while the connection is gone already.
        Server(A).OnDisconnecting(_ => Io.To(A.Id).Emit("last", "word"));
        Server(A).OnDisconnect(_ => gone.TrySetResult());
        A.Client.Abort();
        await Patience.Within(gone.Task);
        var back = await ReturnAsync();
        Assert.Equal("word", (await back.NextAsync("last")).Text(0));
    }

    [Fact]
    public async Task Everybody_gets_the_same_offset_of_a_broadcast()
    {
        Io.Emit("test");
        var offsets = new List<string>();
        foreach (var client in Clients)
        {
            offsets.Add((await client.NextAsync("test")).Text(0));
        }

        Assert.Single(offsets.Distinct());
    }

    [Fact]
    public async Task What_wants_an_answer_has_no_offset()
    {
        AnswerWith(_ => 1);
        await Patience.Within(Io.Timeout(TimeSpan.FromSeconds(30)).EmitWithAckAsync<int>("question", "x"));
        Assert.Single((await A.NextAsync("question")).Args);
        Assert.Equal(1, await Patience.Within(Server(A).EmitWithAckAsync<int>("question", "x")));
        Assert.Single((await A.NextAsync("question")).Args);
        Io.Volatile.Emit("volatile", "x");
        Assert.Single((await A.NextAsync("volatile")).Args);
    }

    [Fact]
    public async Task A_session_is_at_one_socket_only()
    {
        await GetOffsetAsync();
        await LoseAsync(A);
        var back = await ReturnAsync();
        var socket = Server(back);
        var ends = 0;
        socket.OnDisconnect(_ => ends++);
        var thief = await ReturnAsync();
        if (EvictsOwners)
        {
            // Who knows the private id is the client: its connection before is the one that it has lost, whether that was noticed or not.
            Assert.Equal(A.Id, thief.Id);
            Assert.True(Server(thief).Recovered);
            await back.Client.Closed;
            Assert.False(socket.IsConnected);
            Assert.Equal(0, ends);
            Assert.Single(await Io.In(A.Id).FetchSocketsAsync());
            return;
        }

        Assert.Equal(A.Id, back.Id);
        Assert.NotEqual(A.Id, thief.Id);
        Assert.NotEqual(A.PrivateId, thief.PrivateId);
        Assert.False(Server(thief).Recovered);
    }

    [Fact]
    public async Task A_client_can_be_lost_and_come_back_again_and_again()
    {
        await GetOffsetAsync();
        var current = A;
        for (var i = 0; i < 3; i++)
        {
            await LoseAsync(current);
            Io.Emit("round", i);
            current = await ReturnAsync(current);
            Assert.Equal(i, (await current.NextAsync("round")).Int(0));
            Assert.Equal(A.Id, current.Id);
        }

        await AssertNothingElseAsync(current);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("")]
    public async Task An_unknown_private_id_gives_a_fresh_session(string privateId)
    {
        await GetOffsetAsync();
        await LoseAsync(A);
        var fresh = await ConnectAsync(1, auth: new { pid = privateId, offset = A.Offset });
        AssertFresh(fresh);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("")]
    [InlineData("0-0")]
    [InlineData("1.-1")]
    [InlineData("99999999999999999999")]
    public async Task A_malformed_offset_gives_a_fresh_session(string offset)
    {
        await GetOffsetAsync();
        await LoseAsync(A);
        AssertFresh(await ConnectAsync(1, auth: new { pid = A.PrivateId, offset }));
    }

    [Fact]
    public async Task Values_that_are_no_text_give_a_fresh_session()
    {
        await GetOffsetAsync();
        await LoseAsync(A);
        AssertFresh(await ConnectAsync(1, auth: new { pid = 1, offset = new[] { 2 } }));
    }

    [Fact]
    public async Task Who_leaves_at_will_does_not_come_back()
    {
        await GetOffsetAsync();
        var gone = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Server(A).OnDisconnect(end => gone.TrySetResult(end.Reason));
        await A.LeaveAsync();
        Assert.Equal("client namespace disconnect", await Patience.Within(gone.Task));
        AssertFresh(await ReturnAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_was_disconnected_does_not_come_back(bool close)
    {
        await GetOffsetAsync();
        Server(A).Disconnect(close);
        await A.Disconnected;
        AssertFresh(await ReturnAsync());
    }

    [Fact]
    public async Task Who_was_closed_by_the_engine_does_come_back()
    {
        await GetOffsetAsync();
        Server(A).Connection.Close();
        await A.Client.Closed;
        Assert.Equal(A.Id, (await ReturnAsync()).Id);
    }

    [Fact]
    public async Task Middlewares_are_left_out_for_who_comes_back()
    {
        foreach (var node in Nodes)
        {
            node.Io.Use((_, _) => throw new ConnectRefusedException("nobody"));
        }

        await GetOffsetAsync();
        await LoseAsync(A);
        Assert.Equal(A.Id, (await ReturnAsync()).Id);
        await Assert.ThrowsAsync<TestRefusedException>(() => ConnectAsync(1));
    }

    [Fact]
    public async Task A_session_is_good_for_its_own_namespace_alone()
    {
        foreach (var node in Nodes)
        {
            node.Io.Of("/secret").Use(static (_, _) => throw new ConnectRefusedException("nobody"));
        }

        await GetOffsetAsync();
        await LoseAsync(A);
        await Assert.ThrowsAsync<TestRefusedException>(() => ConnectAsync(1, "/secret", new { pid = A.PrivateId, offset = A.Offset }));
        await Assert.ThrowsAsync<TestRefusedException>(() => ConnectAsync(1, "/secret", new { pid = A.PrivateId, offset = "1.1" }));

        Assert.Equal(A.Id, (await ReturnAsync()).Id);
    }

    [Fact]
    public async Task Who_gets_a_fresh_session_instead_passes_the_middlewares()
    {
        foreach (var node in Nodes)
        {
            node.Io.Use((_, _) => throw new ConnectRefusedException("nobody"));
        }

        await GetOffsetAsync();
        await LoseAsync(A);
        await Assert.ThrowsAsync<TestRefusedException>(() => ConnectAsync(1, auth: new { pid = A.PrivateId, offset = "2000000000.1" }));
    }

    private void AssertFresh(TestSocket fresh)
    {
        Assert.NotEqual(A.Id, fresh.Id);
        Assert.NotNull(fresh.PrivateId);
        Assert.NotEqual(A.PrivateId, fresh.PrivateId);
        Assert.False(Server(fresh).Recovered);
    }

    /// <summary>Without an event there is no offset to return with.</summary>
    private async Task GetOffsetAsync()
    {
        Io.To(A.Id).Emit("first");
        await A.NextAsync("first");
    }

    private async Task LoseAsync(TestSocket client)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Server(client).OnDisconnect(_ => gone.TrySetResult());
        client.Client.Abort();
        await Patience.Within(gone.Task);
    }

    private Task<TestSocket> ReturnAsync(TestSocket? lost = null) => ConnectAsync(1, auth: new { pid = A.PrivateId, offset = (lost ?? A).Offset });
}
