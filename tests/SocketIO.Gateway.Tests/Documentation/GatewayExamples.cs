using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using Orleans.Connections.Security;
using Orleans.Hosting;
using StackExchange.Redis;

namespace SocketIO.Gateway.Tests;

/// <summary>The code of docs/gateway.md.</summary>
internal static class GatewayExamples
{
    /// <summary>Another service of a cluster whose silos have certificates.</summary>
    public static async Task<IHost> StartClientAsync(string address, X509Certificate2 certificate, X509Certificate2 authority)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        Action<RedisClusteringOptions> redis = options => options.ConfigurationOptions = ConfigurationOptions.Parse(address);

        // docs: gateway-tls-client
        builder.UseOrleansClient(client =>
        {
            client.UseRedisClustering(redis);
            client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("socketio", "socketio"));
            client.UseTls(certificate, tls =>
            {
                tls.RemoteCertificateValidation = (_, _, errors) => (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
                tls.OnAuthenticateAsClient = (_, connection) =>
                {
                    var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                    policy.CustomTrustStore.Add(authority);
                    ((SslClientAuthenticationOptions)connection.SslClientAuthenticationOptions).CertificateChainPolicy = policy;
                };
            });
        });
        // end

        var host = builder.Build();
        await host.StartAsync();
        return host;
    }
}
