using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SocketIO.Admin;
using SocketIO.Server;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets the Admin UI look at a Socket.IO server.</summary>
public static class SocketIOAdminBuilderExtensions
{
    /// <summary>
    /// Serves the <see href="https://socket.io/docs/v4/admin-ui/">Admin UI</see>: a namespace that the dashboard connects to. In a cluster every server has to have
    /// it, with the same options but <see cref="AdminOptions.ServerId"/>.
    /// </summary>
    /// <param name="builder">The server.</param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="InvalidOperationException">The server has it already.</exception>
    public static ISocketIOBuilder UseAdmin(this ISocketIOBuilder builder, Action<AdminOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var (services, name) = (builder.Services, builder.Name);
        if (services.Any(service => service.IsKeyedService && service.ServiceType == typeof(AdminServer) && name.Equals(service.ServiceKey)))
        {
            throw new InvalidOperationException("UseAdmin was called twice for the same Socket.IO server.");
        }

        services.AddSingleton<IValidateOptions<AdminOptions>>(new AdminOptionsValidator(name));
        services.AddOptions<AdminOptions>(name).Configure(configure).ValidateOnStart();
        services.AddKeyedSingleton(name, (provider, _) => new AdminServer(
            provider.GetRequiredKeyedService<SocketIOServer>(name),
            provider.GetRequiredService<IOptionsMonitor<AdminOptions>>().Get(name)));
        services.AddSingleton<IHostedService>(provider => new AdminHostedService(() => provider.GetRequiredKeyedService<AdminServer>(name)));
        return builder;
    }
}
