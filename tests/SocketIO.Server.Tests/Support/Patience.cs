namespace SocketIO.Server.Tests;

/// <summary>A bound on waiting for what must happen, so that a failure is a failure and not a hang. Nothing is asserted about how long it took.</summary>
public static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static Task Within(Task task) => task.WaitAsync(Limit);

    public static Task<T> Within<T>(Task<T> task) => task.WaitAsync(Limit);
}
