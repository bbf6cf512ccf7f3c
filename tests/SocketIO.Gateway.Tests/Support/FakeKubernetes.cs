using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SocketIO.Gateway.Tests;

/// <summary>As much of Kubernetes' API as pods are: one namespace, its pods, their labels, and who watches them.</summary>
internal sealed class FakeKubernetes : IAsyncDisposable
{
    private const string Namespace = "games";

    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-kubernetes-").FullName;
    private readonly ConcurrentDictionary<string, JsonObject> _labels = new();
    private readonly ConcurrentDictionary<Channel<(string Type, JsonObject Pod)>, string> _watches = new();
    private readonly WebApplication _app;

    private FakeKubernetes(WebApplication app) => _app = app;

    public static async Task<FakeKubernetes> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var kubernetes = new FakeKubernetes(app);
        app.Use(static (context, next) => context.Request.Headers.Authorization.ToString().StartsWith("Bearer gateway-", StringComparison.Ordinal) ? next(context) : Refuse(context));
        app.MapGet($"/api/v1/namespaces/{Namespace}/pods/{{name}}", (string name) => kubernetes._labels.TryGetValue(name, out var labels) ? Json(Pod(name, labels)) : Results.NotFound());
        app.MapPatch($"/api/v1/namespaces/{Namespace}/pods/{{name}}", kubernetes.PatchAsync);
        app.MapGet($"/api/v1/namespaces/{Namespace}/pods", kubernetes.ListAsync);
        await app.StartAsync();
        return kubernetes;
    }

    /// <summary>Starts a pod, and gives the environment that it has.</summary>
    public Dictionary<string, string> AddPod(string name)
    {
        _labels[name] = [];
        var config = Path.Combine(_folder, name);
        File.WriteAllText(config, $$"""
            apiVersion: v1
            kind: Config
            clusters: [{ name: test, cluster: { server: "{{_app.Urls.Single()}}" } }]
            users: [{ name: test, user: { token: {{name}} } }]
            contexts: [{ name: test, context: { cluster: test, user: test } }]
            current-context: test
            """);
        return new Dictionary<string, string> { ["POD_NAME"] = name, ["POD_NAMESPACE"] = Namespace, ["POD_IP"] = "127.0.0.1", ["KUBECONFIG"] = config, ["ORLEANS_CLUSTER_ID"] = "blue" };
    }

    /// <summary>The labels of a pod, as text.</summary>
    public string LabelsOf(string name) => _labels[name].ToJsonString();

    /// <summary>Waits until a pod watches the others.</summary>
    public async Task UntilWatchedByAsync(string name)
    {
        while (!_watches.Values.Contains(name))
        {
            await Task.Delay(50);
        }
    }

    /// <summary>A pod is gone.</summary>
    public void Delete(string name)
    {
        _labels.Remove(name, out var labels);
        foreach (var watch in _watches.Keys)
        {
            watch.Writer.TryWrite(("DELETED", Pod(name, labels!)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var watch in _watches.Keys)
        {
            watch.Writer.TryComplete();
        }

        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static Task Refuse(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    private static IResult Json(JsonNode node) => Results.Text(node.ToJsonString(), "application/json");

    private static JsonObject Pod(string name, JsonObject labels) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Pod",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace, ["labels"] = labels.DeepClone() },
    };

    private async Task<IResult> PatchAsync(string name, HttpRequest request)
    {
        var patch = await JsonSerializer.DeserializeAsync<JsonObject>(request.Body);
        var labels = new JsonObject();
        foreach (var (key, value) in _labels[name].Concat((JsonObject)patch!["metadata"]!["labels"]!))
        {
            labels[key] = value!.DeepClone();
        }

        _labels[name] = labels;
        return Json(Pod(name, labels));
    }

    private async Task ListAsync(HttpContext context)
    {
        var selector = context.Request.Query["labelSelector"].ToString().Split(',').Select(static label => label.Split('=')).ToList();
        var pods = _labels.Where(pod => selector.TrueForAll(label => (string?)pod.Value[label[0]] == label[1])).Select(static pod => Pod(pod.Key, pod.Value)).ToList();
        context.Response.ContentType = "application/json";
        if (context.Request.Query["watch"] != "true")
        {
            await context.Response.WriteAsync(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "PodList", ["metadata"] = new JsonObject(), ["items"] = new JsonArray([.. pods]) }.ToJsonString());
            return;
        }

        var watch = Channel.CreateUnbounded<(string Type, JsonObject Pod)>();
        foreach (var pod in pods)
        {
            watch.Writer.TryWrite(("ADDED", pod));
        }

        _watches[watch] = context.Request.Headers.Authorization.ToString()["Bearer ".Length..];
        try
        {
            await foreach (var (type, pod) in watch.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(new JsonObject { ["type"] = type, ["object"] = pod }.ToJsonString() + "\n");
                await context.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Who watched has gone.
        }
        finally
        {
            _watches.Remove(watch, out _);
        }
    }
}
