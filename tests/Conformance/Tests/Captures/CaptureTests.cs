namespace SocketIO.Conformance.Tests;

/// <summary>The recorded clients of all generations, played to this project's server.</summary>
public class CaptureTests
{
    public static TheoryData<string> Captures => [.. Capture.Names];

    [Theory]
    [MemberData(nameof(Captures))]
    public async Task A_recorded_client_is_answered_as_by_the_server_of_its_time(string name)
    {
        await using var host = await CaptureHost.StartAsync(CaptureProfile.Find(name));
        using var replay = new CaptureReplay(Capture.Load(name), host, Deviations.All);

        var problems = await replay.RunAsync();

        Assert.True(problems.Count == 0, string.Join("\n\n", problems));
    }
}
