using System.Globalization;

namespace SocketIO.Cluster.Tests;

/// <summary>PROMISES.md and FAULTS.md say what is there.</summary>
public sealed class PromisesTests
{
    public static TheoryData<Promise> Promises => [.. Enum.GetValues<Promise>()];

    [Theory]
    [MemberData(nameof(Promises))]
    public void Each_promise_has_an_invariant_and_a_test_that_exists(Promise promise)
    {
        var rows = Rows().Where(row => row[0] == Name(promise)).ToList();
        Assert.NotEmpty(rows);
        foreach (var row in rows)
        {
            Assert.NotEmpty(row[1]);
            var test = row[2].Trim('`').Split('.');
            var type = typeof(PromisesTests).Assembly.GetType($"{typeof(PromisesTests).Namespace}.{test[0]}");
            Assert.True(type?.GetMethod(test[1]) is not null, $"{row[2]} does not exist.");
        }
    }

    [Fact]
    public void Every_promise_is_broken_by_some_deliberate_fault()
    {
        var found = Kinds().SelectMany(FaultTable.Rows).Select(row => row[3].Split(':')[0]).ToHashSet();

        Assert.Empty(Enum.GetValues<Promise>().Select(Name).Except(found));
    }

    [Fact]
    public void The_tables_name_the_faults_that_there_are()
    {
        foreach (var kind in Kinds())
        {
            var type = typeof(PromisesTests).Assembly.GetType($"{typeof(PromisesTests).Namespace}.{kind}")!;
            Assert.Equal(Enum.GetNames(type).Except(["None"]).Order(), FaultTable.Rows(kind).Select(row => row[0]).Order());
            Assert.All(FaultTable.Rows(kind), row => Assert.NotEmpty(row[1]));
        }
    }

    private static string[] Kinds() => [nameof(RelayFault), nameof(MemberFault), nameof(RosterFault), nameof(SessionFault), nameof(AckFault), nameof(PollingFault)];

    private static string Name(Promise promise) => string.Create(CultureInfo.InvariantCulture, $"{(int)promise} {promise}");

    private static IEnumerable<string[]> Rows() =>
        File.ReadLines(Path.Combine(FaultTable.Folder, "PROMISES.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1]);
}
