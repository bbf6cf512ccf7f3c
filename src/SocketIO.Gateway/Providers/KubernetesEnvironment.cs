using k8s;
using Orleans.Hosting.Kubernetes;

namespace SocketIO.Gateway;

/// <summary>What a pod is told of itself, and how it reaches Kubernetes.</summary>
internal static class KubernetesEnvironment
{
    private const string KubeConfig = "KUBECONFIG";

    /// <summary>The variables that a pod of the gateway has, by the downward API.</summary>
    public static IReadOnlyList<string> Variables { get; } =
        [KubernetesHostingOptions.PodNameEnvironmentVariable, KubernetesHostingOptions.PodNamespaceEnvironmentVariable, KubernetesHostingOptions.PodIPEnvironmentVariable];

    /// <summary>Whether there is a Kubernetes to ask.</summary>
    public static bool IsThere => Read(KubeConfig) is not null || KubernetesClientConfiguration.IsInCluster();

    /// <summary>A variable; <see langword="null"/> where it is missing or empty.</summary>
    public static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    /// <summary>How Kubernetes is reached: as the file that <c>KUBECONFIG</c> names says, or else as the pod's service account.</summary>
    public static KubernetesClientConfiguration Configure() =>
        Read(KubeConfig) is { } file ? KubernetesClientConfiguration.BuildConfigFromConfigFile(file) : KubernetesClientConfiguration.InClusterConfig();
}
