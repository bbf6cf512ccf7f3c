namespace SocketIO.Admin.Tests;

/// <summary>How often may be failed.</summary>
public sealed class FailureLimiterTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Each_address_has_its_own_failures_and_all_have_a_bound_together()
    {
        var limiter = new FailureLimiter(2, 5, _time);

        Assert.Equal([true, true, false], Begin(limiter, "192.0.2.1", 3));
        Assert.Equal([true, true, false], Begin(limiter, "192.0.2.2", 3));
        Assert.Equal([true, false], Begin(limiter, "192.0.2.3", 2));
        Assert.Equal([false], Begin(limiter, "192.0.2.4", 1));
        _time.Leap(TimeSpan.FromMinutes(1));
        Assert.Equal([true, true, false], Begin(limiter, "192.0.2.1", 3));
    }

    [Fact]
    public void A_network_of_IPv6_is_one_address()
    {
        var limiter = new FailureLimiter(1, 100, _time);

        Assert.Equal([true], Begin(limiter, "2001:db8::1", 1));
        Assert.Equal([false], Begin(limiter, "2001:db8::ffff", 1));
        Assert.Equal([true], Begin(limiter, "2001:db8:0:1::1", 1));
        Assert.Equal([true], Begin(limiter, "::ffff:192.0.2.1", 1));
        Assert.Equal([true], Begin(limiter, "::ffff:192.0.2.2", 1));
    }

    [Fact]
    public void What_has_succeeded_counts_no_longer()
    {
        var limiter = new FailureLimiter(1, 1, _time);
        Assert.Equal([true], Begin(limiter, null, 1));
        limiter.Succeed(null);
        limiter.Succeed(null);

        Assert.Equal([true, false], Begin(limiter, null, 2));
    }

    private static bool[] Begin(FailureLimiter limiter, string? address, int times) => [.. Enumerable.Range(0, times).Select(_ => limiter.TryBegin(address))];
}
