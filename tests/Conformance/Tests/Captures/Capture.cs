// The recorded conversations of tests/Conformance/Captures; its README says what they are.
namespace SocketIO.Conformance.Tests;

/// <summary>Who did what on a recorded connection.</summary>
internal enum CapturedEventKind
{
    /// <summary>The client sent bytes.</summary>
    FromClient,

    /// <summary>The server sent bytes.</summary>
    FromServer,

    /// <summary>The client closed the connection.</summary>
    ClientClosed,

    /// <summary>The server closed the connection.</summary>
    ServerClosed,
}

/// <summary>What happened on a recorded connection at one time.</summary>
/// <param name="Kind">Who did what.</param>
/// <param name="At">Time since the start of the recording.</param>
/// <param name="Data">The bytes that were sent.</param>
/// <param name="IsTruncated">Whether the recording has only the beginning of the bytes.</param>
internal sealed record CapturedEvent(CapturedEventKind Kind, TimeSpan At, byte[] Data, bool IsTruncated = false);

/// <summary>A recorded TCP connection.</summary>
internal sealed record CapturedConnection(string Name, IReadOnlyList<CapturedEvent> Events);

/// <summary>A recorded run of a real client against a real server.</summary>
internal sealed record Capture(string Name, string Title, IReadOnlyList<CapturedConnection> Connections)
{
    private static readonly string Folder = ConformanceFolder.Find("Captures");

    /// <summary>The names of all captures.</summary>
    public static IEnumerable<string> Names { get; } =
        [.. Directory.EnumerateFiles(Folder, "*.txt").Select(static file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    public static Capture Load(string name) => CaptureReader.Read(name, File.ReadAllLines(Path.Combine(Folder, name + ".txt")));
}
