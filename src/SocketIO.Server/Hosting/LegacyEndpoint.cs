// Generations before Engine.IO have no EIO in their queries but paths of their own below the same one: the first segment says whose a request is.
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>Finds the requests of generations 0.1 to 0.9 among those of an endpoint and takes them to who serves them, or refuses them in their own words.</summary>
/// <param name="engine">The engine.</param>
/// <param name="version09">Who serves clients 0.7 to 0.9, if anybody does.</param>
/// <param name="older">Who serves those before.</param>
internal sealed class LegacyEndpoint(Engine engine, LegacyRequests? version09, LegacyRequests? older)
{
    /// <summary>The endpoint's part for old generations; <see langword="null"/>: it serves none, and nothing looks for them.</summary>
    public static LegacyEndpoint? Create(Engine engine)
    {
        const Generations Legacy = Generations.Version09 | Generations.Version06 | Generations.Version02 | Generations.Development07;
        return (engine.Options.Generations & Legacy) == 0 ? null : new LegacyEndpoint(
            engine,
            version09: engine.Options.Generations.HasFlag(Generations.Version09) ? new ProtocolOneRequests(engine) : null,
            older: PlainRequests.Create(engine));
    }

    /// <summary>Whether a preflight is answered as the servers of its generation did, and not as the current one does.</summary>
    public bool AnswersPreflights(HttpContext context) => older is not null && LegacyPath.IsTransport(LegacyPath.Of(context).First);

    /// <summary>Serves a request that is one of an old generation's.</summary>
    /// <returns><see langword="null"/>: it is not.</returns>
    public Task? Serve(HttpContext context)
    {
        var path = LegacyPath.Of(context);
        if (path.First.Length > 0 && path.First.All(char.IsAsciiDigit))
        {
            return path.First == "1" && version09 is not null ? version09.ServeAsync(context, path) : RefuseVersionAsync(context);
        }

        if (version09 is not null && path.First.Length == 0 && path.Count == 1 && !context.Request.Query.ContainsKey("transport") && !context.Request.Query.ContainsKey("EIO"))
        {
            return WelcomeAsync(context);
        }

        return !LegacyPath.IsTransport(path.First) ? null
            : older is not null ? older.ServeAsync(context, path)
            : RefuseAsync(context, StatusCodes.Status400BadRequest, "text/plain", "");
    }

    // Who looks at the address with a browser sees that there is a server.
    private static Task WelcomeAsync(HttpContext context)
    {
        var text = "Welcome to socket.io."u8.ToArray();
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = text.Length;
        return context.Response.Body.WriteAsync(text, context.RequestAborted).AsTask();
    }

    // Clients 0.7 to 0.9 give the text to the application as the reason; those that can only load scripts get it by one.
    private Task RefuseVersionAsync(HttpContext context)
    {
        const string Text = "Protocol version not supported.";
        return int.TryParse(context.Request.Query["jsonp"], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? RefuseAsync(context, StatusCodes.Status200OK, "application/javascript", string.Create(CultureInfo.InvariantCulture, $"io.j[{index}](new Error(\"{Text}\"));"))
            : RefuseAsync(context, StatusCodes.Status500InternalServerError, "text/plain", Text);
    }

    private async Task RefuseAsync(HttpContext context, int status, string contentType, string text)
    {
        engine.RaiseConnectionError(new ConnectionError(
            context,
            EngineError.UnsupportedProtocolVersion.Code,
            EngineError.UnsupportedProtocolVersion.Message,
            $"'{context.Request.Path}' is not of {nameof(EngineOptions)}.{nameof(EngineOptions.Generations)}"));
        var body = Encoding.ASCII.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.Connection = "close";
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
