using System.Net.Security;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using SocketIO.Orleans;
using SocketIO.Server;

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
        builder.Services.AddSingleton<CertificateLog>();
        SiloHost.AddPrerequisites(builder.Services, options.Silo);
        builder.Services.AddHostedService<Readiness>();
        builder.UseOrleans(silo =>
        {
            SiloHost.Join(silo, options.Silo);
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
        var certificate = options.Certificate is null ? null : Watch(options.Certificate, kestrel.ApplicationServices);
        foreach (var url in options.Listen!)
        {
            var address = ListenAddress.Parse(url)!;
            address.Listen(kestrel, listen =>
            {
                if (address.IsSecure)
                {
                    listen.UseHttps(new TlsHandshakeCallbackOptions
                    {
                        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate!.Current }),
                    });
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

    private static RenewedFiles<SslStreamCertificateContext> Watch(CertificateOptions certificate, IServiceProvider services)
    {
        var log = services.GetRequiredService<CertificateLog>();
        return new RenewedFiles<SslStreamCertificateContext>(
            CertificateReader.PathsOf(certificate),
            () => CertificateReader.Load(certificate),
            message => log.Unusable(GatewayOptions.Section + ":Certificate:Path", message),
            services.GetRequiredService<TimeProvider>());
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
            // A token that does not fit makes the keys be fetched again, and anybody can show one: a new key waits for this after it.
            bearer.RefreshInterval = TimeSpan.FromSeconds(30);
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
