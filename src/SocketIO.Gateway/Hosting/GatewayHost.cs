using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Orleans.Configuration;
using Orleans.Storage;
using SocketIO.Orleans;
using SocketIO.Server;
using StackExchange.Redis;

namespace SocketIO.Gateway;

/// <summary>Puts a gateway together.</summary>
public static class GatewayHost
{
    /// <summary>Makes a gateway that is not started yet.</summary>
    /// <param name="args">The command line.</param>
    /// <exception cref="SettingsException">It can't run with what it was told.</exception>
    public static WebApplication Create(params string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            // The working directory's settings, or else those that came with the program.
            ContentRootPath = File.Exists("appsettings.json") ? Directory.GetCurrentDirectory() : AppContext.BaseDirectory,
        });
        var options = GatewaySettings.Read(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        // What starts first stops last.
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<GatewayStatus>();
        var isTraced = builder.Services.AddTelemetry(options.Operations.Otlp);
        builder.Services.AddHostedService<OperationsServer>();
        if (options.Silo.Clustering == Clustering.Redis || options.Silo.Storage == StateStorage.Redis)
        {
            builder.Services.AddHostedService<RedisGate>();
        }

        builder.Services.AddHostedService<Readiness>();
        builder.UseOrleans(silo =>
        {
            Join(silo, options.Silo);
            if (isTraced)
            {
                silo.AddActivityPropagation();
            }
        });
        builder.Services
            .AddSocketIO(server => Configure(server, options, builder.Configuration.GetSection(GatewaySettings.ServerPath)))
            .UseOrleans(cluster => builder.Configuration.GetSection(GatewaySettings.ClusterPath).Bind(cluster));
        if (options.Authentication is { } authentication)
        {
            AddAuthentication(builder.Services, authentication);
        }

        if (options.MaxConnectionAge is not null)
        {
            builder.Services.AddHostedService<ConnectionAge>();
        }

        if (options.Publish is not null)
        {
            builder.Services.AddPublishing(options.Publish);
        }

        var app = builder.Build();
        try
        {
            Map(app, options);
        }
        catch (OptionsValidationException e)
        {
            throw GatewaySettings.Translate(e);
        }

        return app;
    }

    private static void Listen(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel, GatewayOptions options)
    {
        foreach (var url in options.Listen!)
        {
            var address = ListenAddress.Parse(url)!;
            address.Listen(kestrel, listen =>
            {
                if (address.IsSecure)
                {
                    listen.UseHttps(Load(options.Certificate!));
                }
            });
        }

        if (options.Publish is { } publish)
        {
            ListenAddress.Parse(publish.Listen)!.Listen(kestrel, static listen => listen.Use(static next => connection =>
            {
                connection.Features.Set(PublishEndpoint.Instance);
                return next(connection);
            }));
        }
    }

    private static X509Certificate2 Load(CertificateOptions certificate)
    {
        try
        {
            return Path.GetExtension(certificate.Path).ToLowerInvariant() is ".pfx" or ".p12"
                ? X509CertificateLoader.LoadPkcs12FromFile(certificate.Path, certificate.Password)
                : certificate.Password is null
                ? X509Certificate2.CreateFromPemFile(certificate.Path, certificate.KeyPath)
                : X509Certificate2.CreateFromEncryptedPemFile(certificate.Path, certificate.Password, certificate.KeyPath);
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new SettingsException($"{GatewayOptions.Section}:Certificate:Path is '{certificate.Path}'; allowed: a certificate with its key. {e.Message}");
        }
    }

    private static void Join(ISiloBuilder silo, SiloOptions options)
    {
        if (options.Clustering == Clustering.Localhost)
        {
            silo.UseLocalhostClustering(options.SiloPort, options.ClientPort, serviceId: options.ServiceId, clusterId: options.ClusterId);
        }
        else
        {
            silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ServiceId));
            silo.UseRedisClustering(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(options.Redis));
            if (options.Address is { } address)
            {
                silo.ConfigureEndpoints(IPAddress.Parse(address), options.SiloPort, options.ClientPort);
            }
            else
            {
                silo.ConfigureEndpoints(options.SiloPort, options.ClientPort, listenOnAnyHostAddress: true);
            }
        }

        if (options.Storage == StateStorage.Redis)
        {
            silo.AddRedisGrainStorage("SocketIO", redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(options.Redis));
        }
        else
        {
            silo.Services.AddSingleton(Open(options.Folder));
            silo.Services.AddKeyedSingleton<IGrainStorage>("SocketIO", static (services, _) => ActivatorUtilities.CreateInstance<FolderGrainStorage>(services));
        }
    }

    private static FolderStore Open(string folder)
    {
        try
        {
            return new FolderStore(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{GatewayOptions.Section}:Silo:Folder is '{folder}'; allowed: a folder that can be written to and that no other gateway has. {e.Message}");
        }
    }

    private static void Configure(SocketIOOptions server, GatewayOptions options, IConfigurationSection settings)
    {
        if (options.RecoveryWindow > TimeSpan.Zero)
        {
            server.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { MaxDisconnectionDuration = options.RecoveryWindow };
        }

        settings.Bind(server);
        if (options.Cors is { } cors)
        {
            var policy = new CorsPolicyBuilder(cors.Origins).AllowAnyHeader().WithMethods("GET", "POST");
            server.Cors = (cors.Credentials ? policy.AllowCredentials() : policy).Build();
        }
    }

    private static void AddAuthentication(IServiceCollection services, AuthenticationOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<TokenSignIn>();
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(bearer =>
        {
            bearer.MapInboundClaims = false;
            bearer.Authority = options.Authority;
            bearer.RequireHttpsMetadata = options.Authority is { } authority && !new Uri(authority).IsLoopback;
            bearer.TokenValidationParameters.ValidAudience = options.Audience;
            bearer.TokenValidationParameters.ValidIssuer = options.Issuer;
            bearer.TokenValidationParameters.ValidateIssuer = options.Issuer is not null || options.Authority is not null;
            if (options.SigningKey is { } key)
            {
                bearer.TokenValidationParameters.IssuerSigningKey = new SymmetricSecurityKey(Convert.FromBase64String(key));
            }
        });
    }

    private static void Map(WebApplication app, GatewayOptions options)
    {
        if (options.Proxies is { Length: > 0 } proxies)
        {
            app.UseProxies(proxies);
        }

        if (options.Authentication is not null)
        {
            app.UseAuthentication();
        }

        app.MapSocketIO(io =>
        {
            var signIn = app.Services.GetService<TokenSignIn>();
            var handled = app.Services.GetRequiredService<IOptions<SocketIOClusterOptions>>().Value.Handlers.Keys;
            foreach (var name in options.Namespaces!.Concat(handled).Prepend("/").Distinct())
            {
                var ns = io.Of(name);
                if (signIn is not null)
                {
                    ns.Use(signIn.SignInAsync);
                }
            }
        });
        if (options.Publish is not null)
        {
            app.MapPublishing();
        }
    }
}
