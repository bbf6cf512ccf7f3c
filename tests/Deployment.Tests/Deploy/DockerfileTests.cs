using System.Text.RegularExpressions;

namespace Deployment.Tests;

/// <summary>The images are built from what is there, and run without rights.</summary>
public sealed partial class DockerfileTests
{
    public static TheoryData<string, string> Images => new() { { "gateway", "src/SocketIO.Gateway/SocketIO.Gateway.csproj" }, { "chat", "samples/Chat/Chat.csproj" } };

    [Theory]
    [MemberData(nameof(Images))]
    public void What_is_copied_is_in_the_repository_or_was_built(string image, string project)
    {
        var copies = Read(image).Where(static line => line.StartsWith("COPY ", StringComparison.Ordinal)).Select(static line => line.Split(' ')[1..]).ToList();

        Assert.NotEmpty(copies);
        Assert.All(copies.Where(static copy => !copy[0].StartsWith("--", StringComparison.Ordinal)), static copy => Assert.All(copy[..^1], static path => Assert.True(Path.Exists(Sources.PathOf(path)), path)));
        Assert.All(copies.Where(static copy => copy[0].StartsWith("--", StringComparison.Ordinal)), static copy => Assert.Equal("--from=build", copy[0]));
        Assert.True(File.Exists(Sources.PathOf(project)));
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void What_is_restored_is_every_project_that_is_published(string image, string project)
    {
        var copied = Read(image).Where(static line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal)).SelectMany(static line => line.Split(' ')[1..^1]).Where(static path => path.EndsWith(".csproj", StringComparison.Ordinal));

        Assert.Equal(ProjectsOf(project).Order(StringComparer.Ordinal), copied.Order(StringComparer.Ordinal));
        Assert.All(Read(image).Where(static line => line.StartsWith("RUN dotnet ", StringComparison.Ordinal)), line => Assert.Contains(project, line));
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void The_image_runs_the_program_as_a_user_without_rights(string image, string project)
    {
        var lines = Read(image);
        var last = lines[lines.FindLastIndex(static line => line.StartsWith("FROM ", StringComparison.Ordinal))..];

        Assert.Contains("USER $APP_UID", last);
        Assert.Contains(last, line => line.StartsWith("ENTRYPOINT [\"dotnet\", ", StringComparison.Ordinal) && line.EndsWith($"{Path.GetFileNameWithoutExtension(project)}.dll\"]", StringComparison.Ordinal));
        Assert.DoesNotContain(last, static line => line.StartsWith("RUN ", StringComparison.Ordinal));
        // The folders of the build, and of what was built here before, are not sent.
        Assert.Equal([".git", "**/bin", "**/obj", "**/node_modules"], File.ReadAllLines(Sources.PathOf("deploy", image, "Dockerfile.dockerignore")));
    }

    [Fact]
    public void The_gateway_has_no_shell_around_it() =>
        Assert.Contains("FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS gateway", Read("gateway"));

    [Fact]
    public void The_gateway_and_the_chart_agree_on_ports_and_the_folder_of_settings()
    {
        var container = Rendering.OfSet("authentication").Gateway();
        var exposed = Read("gateway").Single(static line => line.StartsWith("EXPOSE ", StringComparison.Ordinal)).Split(' ')[1..];

        Assert.Equal(container["ports"].Each().Select(static port => port["containerPort"]!.ToString()).Order(StringComparer.Ordinal), exposed.Order(StringComparer.Ordinal));
        Assert.Contains($"WORKDIR {container["workingDir"]}", Read("gateway"));
    }

    private static List<string> Read(string image) =>
        [.. Comment().Replace(File.ReadAllText(Sources.PathOf("deploy", image, "Dockerfile")), "").Replace("\\\n", "", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private static HashSet<string> ProjectsOf(string project)
    {
        var found = new HashSet<string> { project };
        foreach (Match reference in Reference().Matches(File.ReadAllText(Sources.PathOf(project))))
        {
            found.UnionWith(ProjectsOf(Path.GetRelativePath(Sources.Root, Path.GetFullPath(reference.Groups[1].Value, Path.GetDirectoryName(Sources.PathOf(project))!))));
        }

        return found;
    }

    [GeneratedRegex("^#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex("<ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex Reference();
}
