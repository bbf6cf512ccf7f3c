using System.Text.Json.Nodes;

namespace Deployment.Tests;

/// <summary>Reads YAML, as JSON.</summary>
internal static class Yaml
{
    private static readonly string Folder = Path.Combine(Sources.Tests, "Schemas");

    /// <summary>The documents of a text, and what is wrong with them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isKubernetes">Whether they are held against Kubernetes' schemas.</param>
    public static (IReadOnlyList<JsonNode> Documents, IReadOnlyList<string> Problems) Read(string text, bool isKubernetes = false)
    {
        if (!File.Exists(Path.Combine(Folder, "node_modules", ".package-lock.json")))
        {
            throw new InvalidOperationException($"The schemas of Kubernetes are needed by these tests: npm install in {Folder}.");
        }

        var result = Tool.Run("node", [Path.Combine(Folder, "read.mjs"), .. isKubernetes ? ["--kubernetes"] : Array.Empty<string>()], text);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException(result.Error);
        }

        var read = JsonNode.Parse(result.Output)!;
        return ([.. read["documents"]!.AsArray().Select(static document => document!)], [.. read["problems"]!.AsArray().Select(static problem => problem!.GetValue<string>())]);
    }

    /// <summary>The one document of a file in the repository, which has to be right.</summary>
    public static JsonNode ReadFile(string path)
    {
        var (documents, problems) = Read(File.ReadAllText(path));
        return problems.Count == 0 ? documents.Single() : throw new InvalidOperationException($"{path}: {string.Join(", ", problems)}");
    }
}
