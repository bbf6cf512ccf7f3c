using System.Text.RegularExpressions;
using k8s;
using Orleans.Hosting.Kubernetes;

namespace SocketIO.Gateway;

/// <summary>What a pod is told of itself, and how it reaches Kubernetes.</summary>
internal static partial class KubernetesEnvironment
{
    /// <summary>What a label may be.</summary>
    public const string Labels = "with Silo:Kubernetes, a label of Kubernetes: up to 63 letters, digits, '-', '_' and '.', of which the first and the last are letters or digits";

    private const string KubeConfig = "KUBECONFIG";

    /// <summary>The variables that a pod of the gateway has, by the downward API.</summary>
    public static IReadOnlyList<string> Variables { get; } =
        [KubernetesHostingOptions.PodNameEnvironmentVariable, KubernetesHostingOptions.PodNamespaceEnvironmentVariable, KubernetesHostingOptions.PodIPEnvironmentVariable];

    /// <summary>Whether there is a Kubernetes to ask.</summary>
    public static bool IsThere => Read(KubeConfig) is not null || KubernetesClientConfiguration.IsInCluster();

    /// <summary>A variable; <see langword="null"/> where it is missing or empty.</summary>
    public static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    /// <summary>Whether a text can be a label's value.</summary>
    public static bool IsLabel(string value) => Label().IsMatch(value);

    /// <summary>How Kubernetes is reached: as the file that <c>KUBECONFIG</c> names says, or else as the pod's service account.</summary>
    public static KubernetesClientConfiguration Configure() =>
        Read(KubeConfig) is { } file ? KubernetesClientConfiguration.BuildConfigFromConfigFile(file) : KubernetesClientConfiguration.InClusterConfig();

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
