using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>Clients that are asked and never answer.</summary>
public class UnansweredAckTests
{
    private const int Questions = 1000;

    [Fact]
    public async Task Questions_that_time_out_are_forgotten()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        var client = await node.ConnectAsync();
        var waiting = Ask(node[client].Timeout(TimeSpan.FromSeconds(5)));
        time.Advance(TimeSpan.FromSeconds(6));
        await AssertForgottenAsync(waiting);
        Assert.True(node[client].IsConnected);
    }

    [Fact]
    public async Task Questions_without_a_time_out_are_forgotten_when_the_client_goes()
    {
        await using var node = await StartAsync(new ManualTimeProvider());
        var client = await node.ConnectAsync();
        var waiting = Ask(node[client].Compress(true));
        await client.Client.CloseAsync();
        await Patience.Until(() => node.Io.Sockets.Sockets.Count == 0);
        await AssertForgottenAsync(waiting);
    }

    [Fact]
    public async Task Questions_that_are_cancelled_are_forgotten()
    {
        await using var node = await StartAsync(new ManualTimeProvider());
        var client = await node.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        var waiting = Ask(node[client].Compress(true).WithCancellation(cancellation.Token));
        await cancellation.CancelAsync();
        await AssertForgottenAsync(waiting);
        Assert.True(node[client].IsConnected);
    }

    [Fact]
    public async Task Questions_to_everybody_that_time_out_are_forgotten()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        await node.ConnectAsync();
        var waiting = AskAll(node.Io.Timeout(TimeSpan.FromSeconds(5)));
        time.Advance(TimeSpan.FromSeconds(6));
        await AssertForgottenAsync(waiting);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference[] Ask(SocketOperator target) =>
        [.. Enumerable.Range(0, Questions).Select(_ => new WeakReference(target.EmitWithAckAsync<int>("question")))];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference[] AskAll(BroadcastOperator target) =>
        [.. Enumerable.Range(0, Questions).Select(_ => new WeakReference(target.EmitWithAckAsync<int>("question")))];

    // A task that is waiting is held by who will complete it; nobody else here holds it. The last one may be on some thread's stack still.
    private static Task AssertForgottenAsync(WeakReference[] tasks) => Patience.Until(() =>
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return tasks.Count(static task => task.IsAlive) <= 1;
    });

    private static Task<Node> StartAsync(ManualTimeProvider time) =>
        Node.StartAsync(build: builder => builder.Services.AddSingleton<TimeProvider>(time));
}
