using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

public sealed class RouteTableTests(ITestOutputHelper output)
{
    [Fact]
    public void A_room_leads_to_each_gateway_that_has_it_once()
    {
        var table = new RouteTable(128, 100, 1);
        Assert.True(table.TryAdd("a"u8, 0));
        Assert.True(table.TryAdd("a"u8, 127));
        Assert.True(table.TryAdd("a"u8, 127));
        Assert.True(table.TryAdd("b"u8, 5));

        Assert.Equal([0, 127], Slots(table, "a"));
        Assert.Equal([0, 5, 127], Slots(table, "a", "b"));
        Assert.Empty(Slots(table, "c"));
        Assert.Equal(2, table.Count);
    }

    [Fact]
    public void The_first_room_may_have_an_empty_name()
    {
        var table = new RouteTable(4, 2, 1);
        Assert.True(table.TryAdd(""u8, 3));
        Assert.Equal([3], Slots(table, ""));
    }

    [Fact]
    public void A_full_table_refuses_new_rooms_and_still_takes_gateways_for_the_old()
    {
        var table = new RouteTable(4, 2, 1);
        Assert.True(table.TryAdd("a"u8, 0));
        Assert.True(table.TryAdd("b"u8, 0));
        Assert.False(table.TryAdd("c"u8, 0));
        Assert.True(table.TryAdd("a"u8, 1));
        table.Remove("b"u8, 0);
        Assert.True(table.TryAdd("c"u8, 0));
    }

    [Fact]
    public void Whatever_comes_and_goes_the_table_says_what_a_dictionary_of_sets_says() =>
        Fuzz.Rounds(30, random =>
        {
            var table = new RouteTable(100, 300, random.Next());
            var model = new Dictionary<string, SortedSet<int>>();
            // Long names, so that pages of them are given back on the way.
            var names = Enumerable.Range(0, 400).Select(i => new string('r', random.Next(2_000)) + i.ToString(CultureInfo.InvariantCulture)).ToArray();
            for (var step = 0; step < 3_000; step++)
            {
                var name = names[random.Next(names.Length)];
                var slot = random.Next(100);
                switch (random.Next(100))
                {
                    case 0:
                        table.RemoveAll(slot);
                        foreach (var set in model.Values)
                        {
                            set.Remove(slot);
                        }

                        break;
                    case < 45:
                        table.Remove(Encoding.UTF8.GetBytes(name), slot);
                        model.GetValueOrDefault(name)?.Remove(slot);
                        break;
                    default:
                        var known = model.GetValueOrDefault(name) is { Count: > 0 };
                        if (table.TryAdd(Encoding.UTF8.GetBytes(name), slot))
                        {
                            (model.TryGetValue(name, out var set2) ? set2 : model[name] = []).Add(slot);
                        }
                        else
                        {
                            Assert.False(known);
                            Assert.Equal(300, model.Values.Count(set => set.Count > 0));
                        }

                        break;
                }
            }

            Assert.Equal(model.Values.Count(set => set.Count > 0), table.Count);
            foreach (var name in names)
            {
                Assert.Equal(model.GetValueOrDefault(name) ?? [], Slots(table, name));
            }
        });

    [Fact]
    [Trait("Category", "Long")]
    public void A_million_rooms_take_less_than_150_megabytes()
    {
        var before = GC.GetTotalMemory(true);
        var table = new RouteTable(64, 1 << 20, 1);
        Span<byte> name = stackalloc byte[32];
        for (var i = 0; i < 1_000_000; i++)
        {
            Encoding.UTF8.TryGetBytes(string.Create(CultureInfo.InvariantCulture, $"room:of-some-length:{i:d10}"), name, out var length);
            table.TryAdd(name[..length], i % 3);
        }

        var bytes = GC.GetTotalMemory(true) - before;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"1,000,000 rooms with names of 30 bytes: {bytes / 1e6:f1} MB"));
        Assert.Equal(1_000_000, table.Count);
        Assert.InRange(bytes, 0, 150_000_000);
    }

    private static int[] Slots(RouteTable table, params string[] rooms)
    {
        var set = new ulong[table.Words];
        foreach (var room in rooms)
        {
            table.Union(Encoding.UTF8.GetBytes(room), set);
        }

        return [.. Enumerable.Range(0, set.Length * 64).Where(slot => (set[slot >> 6] >> slot & 1) != 0)];
    }
}
