using Microsoft.Extensions.Logging;
using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>Does what dashboards want, on all servers.</summary>
/// <param name="admin">The namespace of the dashboards.</param>
internal sealed partial class DashboardCommands(Namespace admin)
{
    private const string Relayed = "admin:command";

    private readonly SocketIOServer _server = admin.Server;

    /// <summary>Listens to the other servers.</summary>
    public void Attach() => admin.OnServerSide(Relayed, OnRelayed);

    /// <summary>Listens to a dashboard.</summary>
    public void Register(Socket dashboard)
    {
        foreach (var name in DashboardCommand.Names)
        {
            dashboard.On(name, (EventArguments arguments) => RunAsync(dashboard, name, arguments));
        }
    }

    private async Task RunAsync(Socket dashboard, string name, EventArguments arguments)
    {
        if (DashboardCommand.Read(name, arguments) is not { } command)
        {
            Log.Refused(_server.Logger, dashboard.Id, name);
            return;
        }

        try
        {
            if (_server.Namespaces.TryGetValue(command.Namespace, out var ns))
            {
                Log.Runs(_server.Logger, dashboard.Id, name, ns.Name);
                await command.RunAsync(ns, isLocal: false).ConfigureAwait(false);
            }
            else
            {
                // A dynamic one that only other servers have. It is not made for a dashboard's sake: each of them does its part.
                Log.Relays(_server.Logger, dashboard.Id, name);
                await admin.Adapter.ServerSideEmitAsync(_server.CreatePayload(Relayed, [name, .. arguments.ToArray()])).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            Log.Failed(_server.Logger, e, dashboard.Id, name);
        }
    }

    private object? OnRelayed(EventArguments relayed)
    {
        var name = relayed.Get<string>(0)!;
        var arguments = new EventArguments(_server.Serializer, _server.CreatePayload(name, relayed.ToArray()[1..]), isEvent: true);
        if (DashboardCommand.Read(name, arguments) is { } command && _server.Namespaces.TryGetValue(command.Namespace, out var ns))
        {
            _server.Forget(() => command.RunAsync(ns, isLocal: true));
        }

        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(131, LogLevel.Information, "Dashboard {Id} runs {Command} in namespace {Namespace}")]
        public static partial void Runs(ILogger logger, string id, string command, string @namespace);

        [LoggerMessage(134, LogLevel.Information, "Dashboard {Id} runs {Command} in a namespace that is not here")]
        public static partial void Relays(ILogger logger, string id, string command);

        [LoggerMessage(132, LogLevel.Debug, "Dashboard {Id} has sent what is no {Command} command")]
        public static partial void Refused(ILogger logger, string id, string command);

        [LoggerMessage(133, LogLevel.Warning, "The {Command} command of dashboard {Id} has failed")]
        public static partial void Failed(ILogger logger, Exception exception, string id, string command);
    }
}
