namespace Deployment.Tests;

/// <summary>Left out with helm itself, which looks into a cluster and nowhere else.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LookupFactAttribute : FactAttribute
{
    public LookupFactAttribute() => Skip = Helm.IsHelm ? "helm looks things up in a cluster, and there is none." : null;
}
