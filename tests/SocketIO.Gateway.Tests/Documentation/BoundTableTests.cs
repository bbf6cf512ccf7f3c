using System.Reflection;
using System.Text.RegularExpressions;
using SocketIO.Orleans;
using SocketIO.Server;

namespace SocketIO.Gateway.Tests;

/// <summary>Every bound has a metric that shows it, and the page on observability says which.</summary>
public sealed partial class BoundTableTests
{
    public static TheoryData<Type> Options =>
    [
        typeof(SocketIOOptions), typeof(ConnectionStateRecoveryOptions), typeof(Version06Options), typeof(Version09Options), typeof(OldSocketOptions), typeof(FlashPolicyOptions),
        typeof(SocketIOClusterOptions), typeof(NamespaceHandlerOptions), typeof(PublishOptions),
    ];

    [Theory]
    [MemberData(nameof(Options))]
    public void Every_bound_is_in_the_table(Type options)
    {
        var listed = Rows().SelectMany(static row => Code().Matches(row.Split('|')[1])).Select(static match => match.Groups[1].Value.Split('.', ':')[^1]).ToHashSet();

        var bounds = options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(static property => property.Name)
            .Where(static name => (name.StartsWith("Max", StringComparison.Ordinal) && name != "MaxDisconnectionDuration") || name is "QueueLength" or "ConnectTimeout")
            .ToList();
        Assert.NotEmpty(bounds);
        Assert.All(bounds, bound => Assert.Contains(bound, listed));
    }

    [Fact]
    public void What_shows_them_is_in_the_table_of_metrics()
    {
        var metrics = Page().TakeWhile(static line => line != "## Bounds").SelectMany(static line => Code().Matches(line)).Select(static match => match.Groups[1].Value).ToHashSet();

        Assert.All(
            Rows().SelectMany(static row => Code().Matches(row.Split('|')[2])).Select(static match => match.Groups[1].Value).Where(static name => name.StartsWith("socketio_", StringComparison.Ordinal)),
            metric => Assert.Contains(metric, metrics));
    }

    private static IEnumerable<string> Rows() => Page().SkipWhile(static line => line != "## Bounds").TakeWhile(static line => line != "## Traces").Where(static line => line.StartsWith("| `", StringComparison.Ordinal));

    private static IEnumerable<string> Page() => File.ReadLines(Path.Combine(Repository.Root, "docs", "observability.md"));

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
