namespace SocketIO.Orleans.Tests;

/// <summary>What has to hold of the traffic, whatever was killed or stopped.</summary>
/// <param name="report">What the clients have seen.</param>
internal sealed class TrafficCheck(ClientsReport report)
{
    /// <summary>All are connected, and have seen the end.</summary>
    public void EverybodyHasEverything()
    {
        Assert.All(report.Clients, static client => Assert.True(client is { Id: not null, IsComplete: true }, client.ToString()));
        Assert.All(report.Publishers, static publisher => Assert.NotNull(publisher.Id));
    }

    /// <summary>No ghosts, and nobody twice: who is listed is connected, and everybody who is connected is listed.</summary>
    public void ListsWhoIsThere(IEnumerable<string> listed) => Assert.Equal(
        report.Clients.Select(static client => client.Id).Concat(report.Publishers.Select(static publisher => publisher.Id)).Order(StringComparer.Ordinal),
        listed.Order(StringComparer.Ordinal));

    /// <summary>
    /// Each room has one order, which whoever kept its session has seen in full, and whoever did not, in a part for each session. Nothing is there twice, and
    /// of what publishers sent whose gateway went on nothing is missing.
    /// </summary>
    /// <param name="goneName">The publisher at the gateway that has gone: of its packets some may be missing.</param>
    public void SeesOneOrder(string goneName)
    {
        foreach (var room in report.Clients.GroupBy(static client => client.Room))
        {
            var order = room.First(static client => client.WasKept).Seen;
            Assert.Equal(order.Count, order.Distinct().Count());
            foreach (var publisher in report.Publishers)
            {
                var numbers = order.Where(packet => packet.Publisher == publisher.Name).Select(static packet => packet.Number).ToList();
                Assert.Equal(publisher.Name == goneName ? numbers.Order() : Enumerable.Range(1, publisher.SentTo(room.Key)), numbers);
            }

            foreach (var client in room)
            {
                if (client.WasKept)
                {
                    Same(order, client.Seen, client);
                }

                // A fresh session knows nothing of what the one before has seen. What the gateway that has gone published, and gave to nobody else, was never accepted.
                Assert.All(client.Sessions, session =>
                {
                    var accepted = session.Where(packet => client.WasKept || packet.Publisher != goneName || order.Contains(packet)).ToList();
                    Same([.. order.Where(accepted.Contains)], accepted, client);
                });
            }
        }
    }

    private static void Same(IReadOnlyList<SeenPacket> expected, IReadOnlyList<SeenPacket> seen, ReportedClient client)
    {
        if (!expected.SequenceEqual(seen))
        {
            var at = expected.Zip(seen).TakeWhile(static pair => pair.First == pair.Second).Count();
            Assert.Fail($"A {client} should have seen {Around(expected, at)} and has seen {Around(seen, at)}.");
        }
    }

    private static string Around(IReadOnlyList<SeenPacket> packets, int at) =>
        $"{packets.Count} packets, from number {at - 3} on " + string.Join(" ", packets.Skip(at - 3).Take(8).Select(static packet => $"{packet.Publisher}.{packet.Number}"));
}
