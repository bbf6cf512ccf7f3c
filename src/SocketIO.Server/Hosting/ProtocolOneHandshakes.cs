// The handshake of clients 0.7 to 0.9: a request that gets an id, two times and the transports; or the reason why not, as a body or as a script.
using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Answers handshakes and keeps their connections until the first transport is opened.</summary>
internal sealed partial class ProtocolOneHandshakes
{
    private static readonly EngineError HandshakeError = new(3, StatusCodes.Status500InternalServerError, "handshake error");

    private readonly Engine _engine;
    private readonly EngineOptions _options;
    private readonly Dialect _dialect;
    private readonly PendingHandshakes _pending;
    private readonly string[] _transports;

    public ProtocolOneHandshakes(Engine engine, Dialect dialect, LegacyTransportTypes transports)
    {
        _engine = engine;
        _options = engine.Options;
        _dialect = dialect;
        _pending = new PendingHandshakes(engine, _options.Version09);
        // In the order in which clients try them.
        _transports =
        [
            .. new[]
            {
                LegacyTransportNames.WebSocket, LegacyTransportNames.FlashSocket, LegacyTransportNames.HtmlFile, LegacyTransportNames.XhrPolling, LegacyTransportNames.JsonpPolling,
            }.Where(name => transports.HasFlag(LegacyTransportNames.Parse(name))),
        ];
    }

    /// <summary>Gives the connection of a handshake to the first who asks for it.</summary>
    public EngineConnection? Take(string id) => _pending.Take(id);

    public async Task ServeAsync(HttpContext context)
    {
        // Only a number is ever echoed: nothing can be injected through it.
        int? script = ProtocolOneJsonpForm.TryParse(context.Request.Query["jsonp"], out var index) ? index : null;
        if (await FindRefusalAsync(context, script is not null).ConfigureAwait(false) is var (error, detail))
        {
            await RefuseAsync(context, script, error, detail).ConfigureAwait(false);
            return;
        }

        EngineConnection connection;
        try
        {
            connection = await _engine.CreateAsync(context, _dialect).ConfigureAwait(false);
        }
        catch (Exception e) when (_options.GenerateId is not null)
        {
            await RefuseAsync(context, script, HandshakeError, "ID_GENERATION_ERROR: " + e.Message).ConfigureAwait(false);
            return;
        }

        if (connection.Id.AsSpan().IndexOfAny(":/?#") >= 0)
        {
            await RefuseAsync(context, script, HandshakeError, $"ID_GENERATION_ERROR: the id '{connection.Id}' has one of : / ? #").ConfigureAwait(false);
            return;
        }

        if (!_pending.TryAdd(connection))
        {
            _engine.Bounds.Met(Bound.MaxPendingHandshakes);
            await RefuseAsync(context, script, EngineError.Full, $"{nameof(Version09Options)}.{nameof(Version09Options.MaxPendingHandshakes)}").ConfigureAwait(false);
            return;
        }

        if (_options.Cookie is { } cookie)
        {
            context.Response.Cookies.Append(cookie.Name ?? "io", connection.Id, cookie.Build(context));
        }

        _engine.RaiseInitialHeaders(context);
        _engine.RaiseHeaders(context);
        var line = new ArrayBufferWriter<byte>(128);
        ProtocolOneHandshake.Write(line, connection.Id, _options.Version09.HeartbeatTimeout, _options.Version09.CloseTimeout, _transports);
        await WriteAsync(context, script, StatusCodes.Status200OK, line.WrittenMemory, isError: false).ConfigureAwait(false);
    }

    private async ValueTask<(EngineError Error, string Detail)?> FindRefusalAsync(HttpContext context, bool isScript)
    {
        if (!OriginRules.IsValid(context.Request.Headers.Origin) || !OriginRules.AllowOrigin(context, _options) || !OriginRules.AllowCredentials(context, _options))
        {
            return (EngineError.Forbidden with { Message = "handshake bad origin" }, "the origin is not allowed (EngineOptions.Cors)");
        }

        if (isScript && !_transports.Contains(LegacyTransportNames.JsonpPolling))
        {
            return (EngineError.Forbidden with { Message = "handshake unauthorized" }, "JSONP is off (EngineOptions.AllowJsonp)");
        }

        if (_engine.Refuse() is { } refusal)
        {
            return refusal;
        }

        try
        {
            return _options.AllowRequest is { } allow && await allow(context).ConfigureAwait(false) is { } text
                ? (EngineError.Forbidden with { Message = text.Length == 0 ? "handshake unauthorized" : text }, "allowRequest")
                : null;
        }
        catch (Exception e)
        {
            Log.AllowRequestFailed(_engine.Logger, e);
            return (HandshakeError, "allowRequest has failed");
        }
    }

    private Task RefuseAsync(HttpContext context, int? script, EngineError error, string detail)
    {
        _engine.RaiseConnectionError(new ConnectionError(context, error.Code, error.Message, detail));
        return WriteAsync(context, script, error.StatusCode, Encoding.UTF8.GetBytes(error.Message), isError: true);
    }

    // A script of another status than 200 would not run, and its page wait for good.
    private static async Task WriteAsync(HttpContext context, int? script, int status, ReadOnlyMemory<byte> text, bool isError)
    {
        var response = context.Response;
        response.StatusCode = script is null ? status : StatusCodes.Status200OK;
        response.ContentType = script is null ? "text/plain" : "application/javascript";
        response.Headers.CacheControl = "no-store";
        if (script is { } index)
        {
            var call = new ArrayBufferWriter<byte>(text.Length + 64);
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"io.j[{index}]({(isError ? "new Error(" : "")}"), call);
            ScriptString.Write(text.Span, call);
            call.Write(isError ? "));"u8 : ");"u8);
            text = call.WrittenMemory;
        }

        response.ContentLength = text.Length;
        await response.Body.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(7, LogLevel.Error, "AllowRequest failed")]
        public static partial void AllowRequestFailed(ILogger logger, Exception exception);
    }
}
