namespace SocketIO.Testing;

/// <summary>A bound on waiting for what must happen, so that a failure is a failure and not a hang. Nothing is asserted about how long it took.</summary>
public static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static Task Within(Task task) => task.WaitAsync(Limit);

    public static Task<T> Within<T>(Task<T> task) => task.WaitAsync(Limit);

    /// <summary>
    /// Does what a time-out ends while others answer in time, with longer time-outs until they have: how long their answers take is the machine's affair.
    /// </summary>
    /// <param name="ask">Asks with a time-out; gives what came before its end.</param>
    /// <param name="isAnswered">Whether all have answered who will.</param>
    public static async Task<T> UntilAnswered<T>(Func<TimeSpan, Task<T>> ask, Func<T, bool> isAnswered)
    {
        for (var timeout = TimeSpan.FromMilliseconds(300); ; timeout *= 2)
        {
            var result = await ask(timeout);
            if (isAnswered(result) || timeout > Limit / 4)
            {
                return result;
            }
        }
    }

    /// <summary>Waits for what happens on the server in its own time.</summary>
    public static async Task Until(Func<bool> condition)
    {
        var end = TimeProvider.System.GetTimestamp() + (long)Limit.TotalSeconds * TimeProvider.System.TimestampFrequency;
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetTimestamp() < end, "What was waited for has not happened.");
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }
    }
}
