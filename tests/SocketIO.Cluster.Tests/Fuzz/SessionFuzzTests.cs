namespace SocketIO.Cluster.Tests;

public sealed class SessionFuzzTests
{
    private static readonly GatewayId A = new(1);
    private static readonly GatewayId B = new(2);

    [Fact]
    public void Whatever_is_stored_and_answered_a_session_answers_each_request_once_and_keeps_its_bounds() =>
        Fuzz.Rounds(1_000, random =>
        {
            var options = new SessionOptions { MaxStateBytes = 500, MaxPending = 5 };
            var session = new SessionMachine("pid", options);
            var storage = new StorageFuzz();
            List<SessionOutput> outputs = [];
            Dictionary<long, int> answers = [];
            var now = TimeSpan.Zero;
            for (var i = 1L; i <= 100; i++)
            {
                now += TimeSpan.FromMilliseconds(random.Next(2_000));
                var action = random.Next(10);
                if (action < 4)
                {
                    answers.Add(i, 0);
                }

                switch (action)
                {
                    case 0:
                        session.Create(i, random.Next(5), A, "id", random.Next(2) == 0 ? "zoë" : null, now, outputs);
                        break;
                    case 1:
                        session.Claim(i, random.Next(5), B, random.Next(2) == 0 ? "zoë" : null, now, outputs);
                        break;
                    case 2:
                        session.Save(i, (ulong)random.Next(4), random.Next(4), ["a", "b"], Fuzz.Bytes(random, 600), random.Next(2) == 0, now, outputs);
                        break;
                    case 3:
                        session.End(i, (ulong)random.Next(4), now, outputs);
                        break;
                    case 4:
                        session.Advance(now, outputs);
                        break;
                    default:
                        session.OnStorage(storage.Next(random, [FuzzedStates.Session]), now, outputs);
                        break;
                }

                Take(outputs, storage, answers);
                Assert.InRange(session.Pending, 0, options.MaxPending);
            }

            session.Advance(now + options.RequestTimeout, outputs);
            Take(outputs, storage, answers);
            Assert.Equal(0, session.Pending);
            Assert.All(answers, answer => Assert.Equal(1, answer.Value));
        });

    private static void Take(List<SessionOutput> outputs, StorageFuzz storage, Dictionary<long, int> answers)
    {
        foreach (var output in outputs)
        {
            switch (output)
            {
                case SessionOutput.Storage asked:
                    storage.Add(asked.Request);
                    // Whatever was stored before, it can always be read back.
                    if (asked.Request.Operation == StorageOperation.Store)
                    {
                        SessionState.Read(asked.Request.Bytes.Span);
                    }

                    break;
                case SessionOutput.Reply reply:
                    answers[reply.Request]++;
                    break;
            }
        }

        outputs.Clear();
    }
}
