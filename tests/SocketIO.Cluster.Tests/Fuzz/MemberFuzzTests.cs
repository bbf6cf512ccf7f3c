using System.Globalization;

namespace SocketIO.Cluster.Tests;

public sealed class MemberFuzzTests
{
    [Fact]
    public void Whatever_is_stored_and_answered_a_member_answers_each_request_once_and_keeps_its_bounds() =>
        Fuzz.Rounds(1_000, random =>
        {
            var options = new MemberOptions { MaxPending = 10, MaxRoomsPerMember = 5, MaxAnnouncements = 3 };
            var member = new MemberMachine("/", "zoë", options);
            var storage = new StorageFuzz();
            List<MemberOutput> outputs = [];
            Dictionary<long, int> answers = [];
            var now = TimeSpan.Zero;
            for (var i = 1L; i <= 100; i++)
            {
                now += TimeSpan.FromMilliseconds(random.Next(3_000));
                var room = random.Next(8) == 0 ? "\ud800" : string.Create(CultureInfo.InvariantCulture, $"room{random.Next(10)}");
                switch (random.Next(12))
                {
                    case 0 or 1:
                        answers.Add(i, 0);
                        member.Join(i, room, now, outputs);
                        break;
                    case 2:
                        answers.Add(i, 0);
                        member.Leave(i, room, now, outputs);
                        break;
                    case 3:
                        member.Ask(-i, room, (ulong)random.NextInt64(), now, outputs);
                        break;
                    case 4 or 5:
                        member.OnRoster(room, (ulong)random.Next(5), (RosterOutcome)random.Next(4), now, outputs);
                        break;
                    case 6:
                        member.Advance(now, outputs);
                        break;
                    case 7 when random.Next(4) == 0:
                        member.Repair(now, outputs);
                        break;
                    case 8:
                        member.Touch(now, outputs);
                        break;
                    default:
                        member.OnStorage(storage.Next(random, [FuzzedStates.Member]), now, outputs);
                        break;
                }

                Take(outputs, storage, answers);
                // A join that was refused by its roster is left again on top of what waits.
                Assert.InRange(member.Pending, 0, 2 * options.MaxPending);
            }

            for (var i = 0; i < 50; i++)
            {
                now += TimeSpan.FromSeconds(1);
                member.Advance(now, outputs);
                while (storage.TryFail(out var result))
                {
                    member.OnStorage(result, now, outputs);
                    Take(outputs, storage, answers);
                }

                Take(outputs, storage, answers);
            }

            Assert.All(answers, answer => Assert.Equal(1, answer.Value));
        });

    [Fact]
    public void Whatever_is_stored_and_answered_a_roster_answers_each_request_once_and_keeps_its_bounds() =>
        Fuzz.Rounds(1_000, random =>
        {
            var options = new RosterOptions { MaxPending = 20, MaxLoadedShards = 8, JournalEntries = 3, MaxShardEntries = 4, MaxMembersPerRoom = random.Next(2, 50) };
            var roster = new RosterMachine("/", "lobby", options);
            var storage = new StorageFuzz();
            List<RosterOutput> outputs = [];
            Dictionary<long, int> answers = [];
            byte[][] states = [.. FuzzedStates.Heads, FuzzedStates.Body];
            var now = TimeSpan.Zero;
            for (var i = 1L; i <= 150; i++)
            {
                now += TimeSpan.FromMilliseconds(random.Next(300));
                var name = random.Next(8) == 0 ? "\ud800" : string.Create(CultureInfo.InvariantCulture, $"user:{random.Next(20)}");
                switch (random.Next(10))
                {
                    case 0 or 1:
                        answers.Add(i, 0);
                        roster.Change(i, new RosterChange(name, (ulong)random.NextInt64(), random.Next(2) == 0, random.Next(2) == 0), now, outputs);
                        break;
                    case 2:
                        answers.Add(i, 0);
                        roster.Audit(i, (ulong)random.NextInt64(), random.Next(-1, 2_000), now, outputs);
                        break;
                    case 3:
                        roster.OnMembership(name, (ulong)random.NextInt64(), random.Next(2) == 0, now, outputs);
                        break;
                    case 4:
                        roster.Advance(now, outputs);
                        break;
                    default:
                        roster.OnStorage(storage.Next(random, states), now, outputs);
                        break;
                }

                Take(outputs, storage, answers);
                Assert.InRange(roster.Pending, 0, options.MaxPending);
                // Those with something under way stay, and each of what waits is at one shard.
                Assert.InRange(roster.LoadedShards, 1, options.MaxLoadedShards + options.MaxPending + 1);
            }

            for (var i = 0; i < 50; i++)
            {
                now += TimeSpan.FromSeconds(1);
                roster.Advance(now, outputs);
                Take(outputs, storage, answers);
                while (storage.TryFail(out var result))
                {
                    roster.OnStorage(result, now, outputs);
                    Take(outputs, storage, answers);
                }
            }

            Assert.Equal(0, roster.Pending);
            Assert.All(answers, answer => Assert.Equal(1, answer.Value));
        });

    private static void Take(List<MemberOutput> outputs, StorageFuzz storage, Dictionary<long, int> answers)
    {
        foreach (var output in outputs)
        {
            switch (output)
            {
                case MemberOutput.Storage asked:
                    storage.Add(asked.Request);
                    break;
                case MemberOutput.Reply reply:
                    answers[reply.Request]++;
                    break;
            }
        }

        outputs.Clear();
    }

    private static void Take(List<RosterOutput> outputs, StorageFuzz storage, Dictionary<long, int> answers)
    {
        foreach (var output in outputs)
        {
            switch (output)
            {
                case RosterOutput.Storage asked:
                    storage.Add(asked.Request);
                    break;
                case RosterOutput.Reply reply:
                    answers[reply.Request]++;
                    break;
                case RosterOutput.Page page:
                    answers[page.Request]++;
                    break;
            }
        }

        outputs.Clear();
    }
}
