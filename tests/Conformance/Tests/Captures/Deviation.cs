using System.Text.RegularExpressions;

namespace SocketIO.Conformance.Tests;

/// <summary>What a recorded answer must be, so that a deviation can change it.</summary>
internal sealed class ExpectedAnswer
{
    /// <summary>The headers that the protocol names; all others are the HTTP server's own.</summary>
    private static readonly Regex Named = new("^(Content-Type|Access-Control-.+|Set-Cookie|X-XSS-Protection)$", RegexOptions.IgnoreCase);

    /// <summary>The headers that a WebSocket begins with; no client looks at others.</summary>
    private static readonly Regex NamedOfUpgrade = new("^(Upgrade|Sec-WebSocket-.+|WebSocket-.+)$", RegexOptions.IgnoreCase);

    /// <summary>Of these nobody says that they must not be there.</summary>
    private static readonly Regex NamedWhereRecorded = new("^(ETag|Cache-Control)$", RegexOptions.IgnoreCase);

    private ExpectedAnswer(string statusLine, string body)
    {
        StatusLine = statusLine;
        Body = body;
    }

    public string StatusLine { get; set; }

    /// <summary>The body; of an answer with packets the form that they have.</summary>
    public string Body { get; set; }

    /// <summary>The headers that the protocol names.</summary>
    public SortedDictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes from an answer what is compared.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="recorded">The recorded answer.</param>
    /// <param name="forget">Takes ids out of a text.</param>
    /// <param name="body">What is compared of the body.</param>
    public static ExpectedAnswer Of(HttpTape response, HttpTape recorded, Func<string, string> forget, string body)
    {
        // The phrase counts only where the old drafts prescribe it.
        var status = response.StatusCode == 101 ? response.StartLine : $"HTTP/1.1 {response.StatusCode}";
        var answer = new ExpectedAnswer(status, forget(body));
        var named = response.StatusCode == 101 ? NamedOfUpgrade : Named;
        foreach (var (name, value) in response.Headers.Where(header => named.IsMatch(header.Key) || (NamedWhereRecorded.IsMatch(header.Key) && recorded.Header(header.Key) is not null)))
        {
            answer.Headers[name.ToLowerInvariant()] = forget(value);
        }

        return answer;
    }

    public override string ToString() => string.Join('\n', [StatusLine, .. Headers.Select(static header => $"{header.Key.ToLowerInvariant()}: {header.Value}"), Body]);
}

/// <summary>What this server does otherwise than a recorded one, and why.</summary>
/// <param name="Captures">A regular expression of the captures' names.</param>
/// <param name="Reason">Why, with the section of the protocol's description that says so.</param>
internal abstract record Deviation(string Captures, string Reason)
{
    public bool IsFor(Capture capture) => Regex.IsMatch(capture.Name, Captures);

    /// <summary>Changes a recorded packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="occurrence">How many packets of the recording it has changed already.</param>
    /// <returns>What is expected in its place; null: the packet is not meant.</returns>
    public virtual IReadOnlyList<string>? Change(string packet, int occurrence) => null;

    /// <summary>Changes a recorded answer.</summary>
    /// <returns>Whether it was meant.</returns>
    public virtual bool Change(CapturedExchange exchange, ExpectedAnswer answer) => false;

    /// <summary>Whether a recorded request is not played at all.</summary>
    public virtual bool Skips(CapturedExchange exchange) => false;
}

/// <summary>Packets that are otherwise.</summary>
internal sealed record PacketDeviation(string Captures, string Reason, string Pattern, params string[] Replacement) : Deviation(Captures, Reason)
{
    public override IReadOnlyList<string>? Change(string packet, int occurrence) =>
        Regex.IsMatch(packet, Pattern) ? [.. Replacement.Select(replacement => Regex.Replace(packet, Pattern, replacement))] : null;
}

/// <summary>Packets that are otherwise, each in its own way.</summary>
internal sealed record SequenceDeviation(string Captures, string Reason, string Pattern, params string[] Replacements) : Deviation(Captures, Reason)
{
    public override IReadOnlyList<string>? Change(string packet, int occurrence) => Regex.IsMatch(packet, Pattern) ? [Replacements[occurrence]] : null;
}

/// <summary>A header that is otherwise.</summary>
/// <param name="Requests">A regular expression of the requests that are meant, by the connection's name and the request line.</param>
/// <param name="Header">The header's name.</param>
/// <param name="Value">What it is instead; null: it is not there.</param>
internal sealed record HeaderDeviation(string Captures, string Requests, string Header, string? Value, string Reason) : Deviation(Captures, Reason)
{
    public override bool Change(CapturedExchange exchange, ExpectedAnswer answer)
    {
        if (!Regex.IsMatch(exchange.ToString(), Requests) || answer.Headers.GetValueOrDefault(Header) == Value)
        {
            return false;
        }

        if (Value is null)
        {
            return answer.Headers.Remove(Header);
        }

        answer.Headers[Header] = Value;
        return true;
    }
}

/// <summary>Answers that are something else altogether.</summary>
internal sealed record AnswerDeviation(string Captures, string Requests, Action<ExpectedAnswer> Instead, string Reason) : Deviation(Captures, Reason)
{
    public override bool Change(CapturedExchange exchange, ExpectedAnswer answer)
    {
        if (!Regex.IsMatch(exchange.ToString(), Requests))
        {
            return false;
        }

        Instead(answer);
        return true;
    }
}

/// <summary>Requests that have nothing to compare.</summary>
internal sealed record SkippedRequest(string Captures, string Requests, string Reason) : Deviation(Captures, Reason)
{
    public override bool Skips(CapturedExchange exchange) => Regex.IsMatch(exchange.ToString(), Requests);
}

/// <summary>CORS headers on answers to requests without an <c>Origin</c>.</summary>
internal sealed record NoOriginDeviation(string Captures, string Reason) : Deviation(Captures, Reason)
{
    public override bool Change(CapturedExchange exchange, ExpectedAnswer answer) =>
        exchange.Request!.Header("Origin") is null && answer.Headers.Remove("Access-Control-Allow-Origin");
}

/// <summary>CORS headers of another way to say who may read an answer.</summary>
internal sealed record CorsDeviation(string Captures, string Reason) : Deviation(Captures, Reason)
{
    public override bool Change(CapturedExchange exchange, ExpectedAnswer answer)
    {
        const string Allowed = "Access-Control-Allow-Origin";
        const string Credentials = "Access-Control-Allow-Credentials";
        var before = answer.ToString();
        answer.Headers.Remove(Allowed);
        answer.Headers.Remove(Credentials);
        if (exchange.Request!.Header("Origin") is { } origin && !exchange.IsUpgrade)
        {
            answer.Headers[Allowed] = origin;
            answer.Headers[Credentials] = "true";
        }

        return answer.ToString() != before;
    }
}

/// <summary>Texts of protocol 1 with line breaks.</summary>
internal sealed record LineBreakDeviation(string Captures, string Reason) : Deviation(Captures, Reason)
{
    public override IReadOnlyList<string>? Change(string packet, int occurrence) =>
        Regex.Match(packet, "^3:([^:]*:[^:]*):(.*\n.*)$", RegexOptions.Singleline) is { Success: true } match
            ? [$"4:{match.Groups[1].Value}:{ScriptText.Stringify(match.Groups[2].Value)}"]
            : null;
}

/// <summary>Packets that are expected only for the first time.</summary>
internal sealed record OnceDeviation(string Captures, string Reason, string Pattern) : Deviation(Captures, Reason)
{
    public override IReadOnlyList<string>? Change(string packet, int occurrence) => !Regex.IsMatch(packet, Pattern) ? null : occurrence == 0 ? [packet] : [];
}
