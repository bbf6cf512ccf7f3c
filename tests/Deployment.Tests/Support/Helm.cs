// Helm itself where it is on the path; elsewhere the program in Render, which has its command line.
namespace Deployment.Tests;

/// <summary>Renders charts.</summary>
internal static class Helm
{
    private static readonly Lazy<string> Program = new(Build);

    /// <summary>Whether it is helm that renders.</summary>
    public static bool IsHelm { get; } = Tool.Has("helm");

    /// <summary>Runs <c>helm template</c>.</summary>
    /// <param name="chart">The chart's folder.</param>
    /// <param name="release">The release's name.</param>
    /// <param name="values">The values, as YAML.</param>
    /// <param name="options">Further options.</param>
    public static Tool.Result Template(string chart, string release, string values, params ReadOnlySpan<string> options)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, values);
            return Tool.Run(Program.Value, ["template", release, chart, "--namespace", "sockets", "--values", file, .. options]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>What is rendered where the cluster has objects already, a list of them as YAML; with helm itself that takes a cluster.</summary>
    public static string TemplateWithObjects(string chart, string release, string values, string objects)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, objects);
            return Succeed(Template(chart, release, values, "--objects", file)).Output;
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>What a user reads after the installation.</summary>
    public static string Notes(string chart, string release, string values)
    {
        if (!IsHelm)
        {
            return Succeed(Template(chart, release, values, "--notes")).Output;
        }

        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, values);
            var output = Succeed(Tool.Run("helm", ["install", release, chart, "--dry-run=client", "--namespace", "sockets", "--values", file])).Output;
            return output[output.LastIndexOf("NOTES:", StringComparison.Ordinal)..];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Tool.Result Succeed(Tool.Result result) => result.ExitCode == 0 ? result : throw new InvalidOperationException(result.Error);

    private static string Build()
    {
        if (IsHelm)
        {
            return "helm";
        }

        var program = Path.Combine(AppContext.BaseDirectory, "render-chart");
        // Debian's packages of Go libraries are a GOPATH: nothing is fetched.
        Succeed(Tool.Run("go", ["build", "-o", program, "."], folder: Path.Combine(Sources.Tests, "Render"), environment: [("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode"), ("GOFLAGS", "")]));
        return program;
    }
}
