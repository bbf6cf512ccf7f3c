namespace SocketIO.Gateway.Tests;

/// <summary>A test that needs nginx, redis-server, Node and the npm clients; where one is missing it is left out, and says so.</summary>
public sealed class TopologyFactAttribute : FactAttribute
{
    public TopologyFactAttribute()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var missing = ((string[])["nginx", "redis-server", "node"]).Where(command => !path.Any(folder => File.Exists(Path.Combine(folder, command)))).ToList();
        if (!Directory.Exists(Path.Combine(Repository.Clients, "node_modules", "socket.io-client")))
        {
            missing.Add(Repository.Clients + "/node_modules");
        }

        if (missing.Count > 0)
        {
            Skip = string.Join(", ", missing) + " missing; .ci/run installs it";
        }
    }
}
