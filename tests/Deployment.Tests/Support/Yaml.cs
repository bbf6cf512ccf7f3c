using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Deployment.Tests;

/// <summary>Reads YAML, as JSON. Thread-safe.</summary>
internal static class Yaml
{
    private static readonly string Folder = Path.Combine(Sources.Tests, "Schemas");

    // It ends when its input does, with the tests.
    private static readonly Lazy<Process> Reader = new(Start);

    /// <summary>The documents of a text, and what is wrong with them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isKubernetes">Whether they are held against Kubernetes' schemas.</param>
    public static (IReadOnlyList<JsonNode> Documents, IReadOnlyList<string> Problems) Read(string text, bool isKubernetes = false)
    {
        string? answer;
        lock (Reader)
        {
            Reader.Value.StandardInput.WriteLine(new JsonObject { ["text"] = text, ["isKubernetes"] = isKubernetes }.ToJsonString());
            answer = Reader.Value.StandardOutput.ReadLine();
        }

        var read = JsonNode.Parse(answer ?? throw new InvalidOperationException("read.mjs has ended."))!;
        return ([.. read["documents"]!.AsArray().Select(static document => document!)], [.. read["problems"]!.AsArray().Select(static problem => problem!.GetValue<string>())]);
    }

    /// <summary>The one document of a file in the repository, which has to be right.</summary>
    public static JsonNode ReadFile(string path)
    {
        var (documents, problems) = Read(File.ReadAllText(path));
        return problems.Count == 0 ? documents.Single() : throw new InvalidOperationException($"{path}: {string.Join(", ", problems)}");
    }

    private static Process Start()
    {
        if (!Tool.Has("node") || !File.Exists(Path.Combine(Folder, "node_modules", ".package-lock.json")))
        {
            throw new InvalidOperationException($"Node and the schemas of Kubernetes are needed by these tests: npm install in {Folder}.");
        }

        return Process.Start(new ProcessStartInfo("node", [Path.Combine(Folder, "read.mjs")]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }
}
