using System.Text.Json.Serialization;
using SocketIO.Server;

namespace Chat;

/// <summary>Puts the chat together.</summary>
public static class ChatApplication
{
    /// <summary>Makes the application; it listens where <c>--urls</c> says.</summary>
    /// <param name="args">The command line.</param>
    public static WebApplication Create(params string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddSocketIO(options =>
        {
            // Room for the largest image and its envelope.
            options.MaxHttpBufferSize = Limits.Default.Image + 100_000;
            options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { MaxDisconnectionDuration = TimeSpan.FromMinutes(2) };
        });
        builder.Services.AddHealthChecks();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Nicknames>();
        builder.Services.AddSingleton<Presence>();
        builder.Services.AddSingleton<Conversation>();

        var app = builder.Build();
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.MapHealthChecks("/healthz");
        app.MapSocketIO(app.Services.GetRequiredService<Conversation>().Serve);
        return app;
    }
}
