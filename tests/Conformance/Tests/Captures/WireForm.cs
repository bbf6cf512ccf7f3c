using System.Text;
using System.Text.RegularExpressions;

namespace SocketIO.Conformance.Tests;

/// <summary>What a server writes at a time: a body, a part, a script, a frame; with its packets.</summary>
internal sealed record CapturedUnit(IReadOnlyList<string> Packets, byte[] Sample);

/// <summary>How a transport carries payloads in the body of an answer.</summary>
internal abstract partial class WireForm
{
    /// <summary>The form of an answer's body; null where it holds no packets.</summary>
    public static WireForm? Of(HttpTape request, HttpTape response)
    {
        var target = request.Target;
        // What welcomes the requests of other generations has no type.
        var isAnswer = response.StatusCode == 101 || (response.StatusCode == 200 && response.Header("Content-Type") is not null);
        if (request.Method != "GET" || !isAnswer || target.Contains("disconnect", StringComparison.Ordinal))
        {
            return null;
        }

        if (EngineTarget().IsMatch(target))
        {
            return EngineForm(target, response);
        }

        var match = TransportTarget().Match(target);
        var isProtocolOne = match.Groups["one"].Success;
        var payload = isProtocolOne ? Payload.ProtocolOne : Payload.Founders;
        return match.Groups["transport"].Value switch
        {
            "xhr-polling" => new WholeForm(payload),
            "jsonp-polling" when isProtocolOne => new CallForm($"io.j[{IndexQuery().Match(target).Groups[1]}](", ");", payload),
            "jsonp-polling" => new CallForm($"io.JSONP[{target[(target.LastIndexOf('/') + 1)..]}]._(", response.Text.EndsWith(')') ? ")" : ");", payload),
            "htmlfile" => ScriptsForm.Of(response, isProtocolOne, payload),
            "xhr-multipart" => new PartsForm(payload),
            "websocket" or "flashsocket" => response.Header("Sec-WebSocket-Accept") is null
                ? new HixieForm(response.Header("Sec-WebSocket-Location") is null ? 0 : 16, payload)
                : new FramesForm(payload),
            _ => null,
        };
    }

    /// <summary>What is peculiar to this form, for a comparison with another.</summary>
    public abstract override string ToString();

    /// <summary>The units that have come whole.</summary>
    public abstract IReadOnlyList<CapturedUnit> Decode(ReadOnlySpan<byte> body);

    /// <summary>A body with these units.</summary>
    public abstract byte[] Encode(IReadOnlyList<CapturedUnit> units);

    private static WireForm? EngineForm(string target, HttpTape response)
    {
        if (response.StatusCode == 101)
        {
            return new FramesForm(Payload.EngineMessage);
        }

        if (JsonpQuery().Match(target) is { Success: true } jsonp)
        {
            return new CallForm($"___eio[{NoDigit().Replace(jsonp.Groups[1].Value, "")}](", ");", Payload.EngineText);
        }

        return new WholeForm(response.Header("Content-Type") == "application/octet-stream" ? BinaryPayload(response) : Payload.EngineText);
    }

    private static Payload BinaryPayload(HttpTape response)
    {
        try
        {
            Payload.EngineBinary.Decode(response.Body.Span);
            return Payload.EngineBinary;
        }
        catch (FormatException)
        {
            return Payload.EngineBinaryMiscounted;
        }
    }

    /// <summary>The unit in a payload.</summary>
    private static CapturedUnit Unit(Payload payload, ReadOnlySpan<byte> data) => new(payload.Decode(data), data.ToArray());

    [GeneratedRegex(@"[?&]transport=(polling|websocket)(&|$)")]
    private static partial Regex EngineTarget();

    [GeneratedRegex("^/socket.io/(?<one>1/)?(?<transport>[a-z-]+)")]
    private static partial Regex TransportTarget();

    [GeneratedRegex(@"[?&]i=(\d+)")]
    private static partial Regex IndexQuery();

    [GeneratedRegex("[?&]j=([^&]*)")]
    private static partial Regex JsonpQuery();

    [GeneratedRegex("[^0-9]")]
    private static partial Regex NoDigit();

    /// <summary>The body is one payload.</summary>
    private sealed class WholeForm(Payload payload) : WireForm
    {
        public override string ToString() => $"a body of {payload}";

        public override IReadOnlyList<CapturedUnit> Decode(ReadOnlySpan<byte> body) => [Unit(payload, body)];

        public override byte[] Encode(IReadOnlyList<CapturedUnit> units) => payload.Encode(units[0].Packets, units[0].Sample);
    }

    /// <summary>The body is a script that calls a function with one payload.</summary>
    private sealed class CallForm(string start, string end, Payload payload) : WireForm
    {
        public override string ToString() => $"{start}{payload}{end}";

        public override IReadOnlyList<CapturedUnit> Decode(ReadOnlySpan<byte> body)
        {
            var script = Encoding.UTF8.GetString(body);
            if (!script.StartsWith(start, StringComparison.Ordinal) || !script.EndsWith(end, StringComparison.Ordinal))
            {
                throw new FormatException($"The script is not \"{start}…{end}\": {script}");
            }

            return [Unit(payload, Encoding.UTF8.GetBytes(ScriptText.Parse(script[start.Length..^end.Length])))];
        }

        public override byte[] Encode(IReadOnlyList<CapturedUnit> units)
        {
            var text = Encoding.UTF8.GetString(payload.Encode(units[0].Packets, units[0].Sample));
            return Encoding.UTF8.GetBytes(start + ScriptText.Stringify(text) + end);
        }
    }
}
