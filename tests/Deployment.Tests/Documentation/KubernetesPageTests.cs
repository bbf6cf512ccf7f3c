using System.Text.RegularExpressions;

namespace Deployment.Tests;

/// <summary>What the pages about deployment show, works.</summary>
public sealed partial class KubernetesPageTests
{
    private static readonly string Page = File.ReadAllText(Sources.PathOf("docs", "kubernetes.md"));

    public static TheoryData<string> Values => [.. BlocksOf(Page, "yaml values")];

    public static TheoryData<string, string> Commands
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var page in (string[])["docs/kubernetes.md", "helm/socketio-orleans/README.md"])
            {
                foreach (var line in BlocksOf(File.ReadAllText(Sources.PathOf(page)), "sh").SelectMany(static block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
                {
                    data.Add(page, line);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Values_that_are_shown_are_taken_by_the_chart_and_by_Kubernetes(string values) => Assert.Empty(Rendering.Of(values, "chat").Problems);

    [Fact]
    public void Each_value_set_that_is_shown_has_a_fence_that_says_so() =>
        Assert.Equal(BlocksOf(Page, "yaml values").Count + 1, Page.Split("\n```yaml").Length - 1);

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_that_is_shown_names_what_is_there(string page, string command)
    {
        Assert.NotEmpty(page);
        var values = string.Join('\n', Set().Matches(command).Select(static match => Nest(match.Groups[1].Value, match.Groups[2].Value)));
        var rendering = Rendering.Of(values.Length == 0 ? "{}" : values, "chat");

        Assert.Matches(Known(), command);
        Assert.Contains("--namespace chat", command);
        if (command.StartsWith("helm install ", StringComparison.Ordinal) || command.StartsWith("helm upgrade ", StringComparison.Ordinal))
        {
            Assert.True(File.Exists(Sources.PathOf(command.Split(' ')[3], "Chart.yaml")));
        }

        foreach (Match match in Reference().Matches(command))
        {
            var (kind, name) = (match.Groups[1].Value, match.Groups[2].Value);
            Assert.Contains(rendering.Objects, found => kind == "persistentvolumeclaim" ? $"data-{found.Name()}-0" == name && found.Kind() == "StatefulSet" : found.Kind().Equals(kind, StringComparison.OrdinalIgnoreCase) && found.Name() == name);
        }

        if (Secret().Match(command) is { Success: true } secret)
        {
            Assert.Contains(BlocksOf(Page, "yaml values"), block => block.Contains($": {secret.Groups[1].Value}\n", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_rule_of_prometheus_adapter_has_the_metric_that_the_autoscaler_asks_for()
    {
        var (documents, problems) = Yaml.Read(Assert.Single(BlocksOf(Page, "yaml")));
        var rule = documents.Single().At("rules/custom")![0]!;

        Assert.Empty(problems);
        Assert.Equal(Rendering.OfSet("autoscaling").All("HorizontalPodAutoscaler").Single().At("spec/metrics")![0].At("pods/metric/name")!.ToString(), rule.At("name/as")!.ToString());
        Assert.Contains($"\"{rule.At("name/as")}\"", rule["seriesQuery"]!.ToString());
        Assert.Contains("CreateObservableUpDownCounter(\"socketio.server.namespaces\"", File.ReadAllText(Sources.PathOf("src", "SocketIO.Server", "Hosting", "ServerMetrics.cs")));
    }

    [Theory]
    [InlineData("deploy/README.md")]
    [InlineData("helm/README.md")]
    [InlineData("helm/socketio-orleans/README.md")]
    [InlineData("docs/kubernetes.md")]
    [InlineData("deploy/gateway/Dockerfile")]
    [InlineData("deploy/chat/Dockerfile")]
    [InlineData("deploy/compose/compose.yaml")]
    public void Files_that_commands_name_are_there(string page)
    {
        var text = File.ReadAllText(Sources.PathOf(page));
        var named = RepositoryPath().Matches(page.EndsWith(".md", StringComparison.Ordinal) ? string.Concat(BlocksOf(text, "sh")) : text).Select(static match => match.Value).ToList();

        Assert.NotEmpty(named);
        Assert.All(named, static path => Assert.True(Path.Exists(Sources.PathOf(path)), path));
    }

    [Fact]
    public void The_configuration_of_nginx_for_one_server_is_taken_by_nginx()
    {
        var upstream = Assert.Single(BlocksOf(File.ReadAllText(Sources.PathOf("deploy", "README.md")), "nginx"));

        var result = new NginxProcess { Upstream = upstream }.Test();

        Assert.True(result.ExitCode == 0, result.Error);
    }

    private static List<string> BlocksOf(string page, string language) => [.. Regex.Matches(page, $"^```{language}\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline).Select(static match => match.Groups[1].Value)];

    private static string Nest(string path, string value) => path.Split('.').Reverse().Aggregate(value, static (inner, name) => $"{{ {name}: {inner} }}")[1..^1].Trim();

    [GeneratedRegex(@"(?<=[ ])(deploy|helm|src|samples|tests)/[A-Za-z0-9_./-]+")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"--set ([A-Za-z.]+)=(\S+)")]
    private static partial Regex Set();

    [GeneratedRegex("^(helm (install|upgrade|test|uninstall) chat |kubectl --namespace chat (create secret|rollout|port-forward|delete) )")]
    private static partial Regex Known();

    [GeneratedRegex("(deployment|service|statefulset|persistentvolumeclaim)/([a-z0-9-]+)")]
    private static partial Regex Reference();

    [GeneratedRegex("create secret (?:generic|tls) ([a-z-]+)")]
    private static partial Regex Secret();
}
