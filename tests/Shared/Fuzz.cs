using System.Globalization;

namespace SocketIO.Testing;

/// <summary>Rounds of random input. Each has a seed of its own, named when it fails. SOCKETIO_FUZZ_FACTOR multiplies their number.</summary>
internal static class Fuzz
{
    private static readonly int Factor = int.Parse(Environment.GetEnvironmentVariable("SOCKETIO_FUZZ_FACTOR") ?? "1", CultureInfo.InvariantCulture);

    public static void Rounds(int count, Action<Random> round)
    {
        for (var seed = 0; seed < count * Factor; seed++)
        {
            try
            {
                round(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed} failed: {e.Message}", e);
            }
        }
    }

    /// <summary>The same for rounds that wait.</summary>
    public static async Task RoundsAsync(int count, Func<Random, Task> round)
    {
        for (var seed = 0; seed < count * Factor; seed++)
        {
            try
            {
                await round(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed} failed: {e.Message}", e);
            }
        }
    }

    /// <summary>Random bytes of random length.</summary>
    public static byte[] Bytes(Random random, int maxLength)
    {
        var bytes = new byte[random.Next(maxLength + 1)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>One of the samples with some bytes changed, removed, repeated, or replaced by a piece of the dictionary.</summary>
    public static byte[] Mutate(Random random, byte[][] samples, byte[][] dictionary)
    {
        List<byte> bytes = [.. samples[random.Next(samples.Length)]];
        for (var changes = random.Next(5); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = random.Next(Math.Min(bytes.Count - at, 8) + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.InsertRange(at, dictionary[random.Next(dictionary.Length)]);
                    break;
                case 5 when random.Next(4) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }
}
