using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server;

/// <summary>ASP.NET Core's authorization on namespaces.</summary>
public static class NamespaceAuthorization
{
    /// <summary>
    /// Lets in only users who fulfil the application's policies. Others get a <c>connect_error</c>: <c>Unauthorized</c> without an
    /// authenticated user, else <c>Forbidden</c>.
    /// </summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="policies">Names of policies; none: the default policy.</param>
    /// <returns>The namespace, to go on.</returns>
    public static Namespace RequireAuthorization(this Namespace ns, params string[] policies)
    {
        ArgumentNullException.ThrowIfNull(ns);
        ArgumentNullException.ThrowIfNull(policies);
        var data = policies.Length == 0 ? [new AuthorizeAttribute()] : Array.ConvertAll(policies, static name => new AuthorizeAttribute(name));
        return ns.Use(async (socket, next) =>
        {
            await using var scope = ns.Server.Binder.Services.CreateAsyncScope();
            var provider = scope.ServiceProvider.GetRequiredService<IAuthorizationPolicyProvider>();
            var policy = (await AuthorizationPolicy.CombineAsync(provider, data).ConfigureAwait(false))!;
            var result = await scope.ServiceProvider.GetRequiredService<IAuthorizationService>().AuthorizeAsync(socket.User, socket, policy).ConfigureAwait(false);
            if (!result.Succeeded)
            {
                throw new ConnectRefusedException(socket.User.Identity is { IsAuthenticated: true } ? "Forbidden" : "Unauthorized");
            }

            await next().ConfigureAwait(false);
        });
    }
}
