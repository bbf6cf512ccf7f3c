// A recording is played in its own order: what the client sent is sent when all that the recorded server had said before has been said by the live one too.
using System.Text;
using System.Text.RegularExpressions;

namespace SocketIO.Conformance.Tests;

/// <summary>Plays the client's side of a recording to a live server and compares what comes back.</summary>
internal sealed class CaptureReplay : IDisposable
{
    // Timers of the server count from when it has taken in what the recorded one had some milliseconds earlier.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    private readonly Capture _capture;
    private readonly CaptureHost _host;
    private readonly bool _isOfRawRequests;
    private readonly List<Deviation> _deviations;
    private readonly Dictionary<Deviation, int> _uses = [];
    private readonly Dictionary<CapturedExchange, CapturedSession> _sessions = [];
    private readonly Dictionary<CapturedExchange, LiveExchange> _live = [];
    private readonly Dictionary<CapturedExchange, PlainFrames> _frames = [];
    private readonly HashSet<LiveExchange> _uncompared = [];
    private readonly LiveProgress _progress = new();
    private readonly List<string> _problems = [];
    private TimeSpan _now;
    private string _cookie = "siotry";

    public CaptureReplay(Capture capture, CaptureHost host, IEnumerable<Deviation> deviations)
    {
        _capture = capture;
        _host = host;
        _isOfRawRequests = capture.Name.EndsWith("edge-cases", StringComparison.Ordinal);
        _deviations = [.. deviations.Where(deviation => deviation.IsFor(capture))];
    }

    // Of what has the same time the client's part comes first: the server's may be its answer.
    private enum Kind
    {
        Write,
        Answer,
        Close,
    }

    /// <summary>Plays everything.</summary>
    /// <returns>What did not agree.</returns>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        var exchanges = _capture.Connections.SelectMany(CapturedExchange.Of).Where(exchange => !Skips(exchange)).ToList();
        FindSessions(exchanges);
        var steps = exchanges.SelectMany(StepsOf)
            .OrderBy(static step => step.At)
            .ThenBy(static step => step.Kind)
            .ThenBy(static step => step.Exchange.Arrivals is [var first, ..] ? first.At : step.At)
            .ToList();
        _now = steps[0].At;
        foreach (var step in steps)
        {
            AdvanceTo(step.At);
            await (step.Kind switch
            {
                Kind.Write => WriteAsync(step),
                Kind.Answer => ExpectAsync(step),
                _ => CloseAsync(step.Exchange),
            });
            if (_problems.Count > 0 && !_isOfRawRequests)
            {
                break;
            }
        }

        _problems.AddRange(_sessions.Values.Distinct().Select(session => session.Compare(isAbandoned: _isOfRawRequests)).OfType<string>());
        if (_problems.Count == 0)
        {
            _problems.AddRange(_deviations.Where(deviation => !_uses.ContainsKey(deviation)).Select(static deviation => $"This deviation does not occur: {deviation.Reason}"));
        }

        return _problems;
    }

    public void Dispose()
    {
        foreach (var disposable in _live.Values.Concat<IDisposable>(_frames.Values))
        {
            disposable.Dispose();
        }
    }

    private bool Skips(CapturedExchange exchange)
    {
        var skipping = _deviations.FirstOrDefault(deviation => deviation.Skips(exchange));
        return skipping is not null && Use(skipping);
    }

    private bool Use(Deviation deviation)
    {
        _uses[deviation] = _uses.GetValueOrDefault(deviation) + 1;
        return true;
    }

    private void FindSessions(List<CapturedExchange> exchanges)
    {
        foreach (var exchange in exchanges.Where(static exchange => exchange.Request is not null).OrderBy(static exchange => exchange.Writes[0].At))
        {
            var session = _sessions.Values.FirstOrDefault(session => session.RecordedId is { } id && exchange.Request!.Target.Contains(id, StringComparison.Ordinal))
                ?? new CapturedSession(CapturedSession.DialectOf(exchange.Request!.Target));
            _sessions.Add(exchange, session);
            if (session.RecordedId is null && exchange.Response is { } response)
            {
                var form = WireForm.Of(exchange.Request!, response);
                session.RecordedId = form is null
                    ? CapturedSession.FindHandshakeId(response.Text)
                    : session.FindId(form.Decode(response.Body.Span)[0].Packets[0]);
            }
        }
    }

    private static IEnumerable<ReplayStep> StepsOf(CapturedExchange exchange)
    {
        for (var i = 0; i < exchange.Writes.Count; i++)
        {
            yield return new ReplayStep(exchange.Writes[i].At, Kind.Write, exchange, i);
        }

        var form = exchange.Response is { } response ? WireForm.Of(exchange.Request!, response) : null;
        foreach (var arrival in exchange.Arrivals)
        {
            var isStream = exchange.Response is { IsComplete: false };
            if (arrival.IsComplete || (isStream && form is not null))
            {
                yield return new ReplayStep(arrival.At, Kind.Answer, exchange, arrival.Length);
            }
        }

        if (exchange is { Request: not null, Response: null, IsClosedByServer: true })
        {
            yield return new ReplayStep(exchange.Writes[^1].At, Kind.Answer, exchange, 0);
        }

        // A client of Chromium is not heard of any more after its FIN, but what its server had to say then still counts.
        if (exchange.ClientClosedAt is { } closedAt && exchange.Response is null or { IsComplete: false })
        {
            var last = exchange.Arrivals.Count > 0 ? exchange.Arrivals[^1].At : closedAt;
            yield return new ReplayStep(last > closedAt ? last : closedAt, Kind.Close, exchange, 0);
        }
    }

    private void AdvanceTo(TimeSpan at)
    {
        if (at > _now)
        {
            var slack = at - _now > 4 * Slack ? Slack : TimeSpan.Zero;
            _host.Time.Advance(at - _now + slack);
            _now = at + slack;
        }
    }

    private async Task WriteAsync(ReplayStep step)
    {
        var exchange = step.Exchange;
        if (step.Position > 0)
        {
            if (_live.TryGetValue(exchange, out var open))
            {
                var data = exchange.Writes[step.Position].Data;
                await open.WriteAsync(IsCompressed(exchange) ? PlainFramesOf(exchange).Unpack(data.Span) : data);
            }

            return;
        }

        var session = _sessions.GetValueOrDefault(exchange);
        if (IsPoll(exchange) && session!.Poll is not null)
        {
            // The poll before has brought all that this one was to wait for: it goes on waiting in its place.
            return;
        }

        var live = await StartAsync(exchange);
        if (IsPoll(exchange))
        {
            session!.Poll = live;
        }
        else if (exchange.Request is { Method: "POST" })
        {
            // Clients that do not wait for one POST before the next leave it to chance which is first.
            await WaitAsync(() => live.Response.IsComplete || live.IsEnded);
        }
        else if (exchange.Response is { } response && WireForm.Of(exchange.Request!, response) is not null)
        {
            session!.Streams.Add(live);
        }
    }

    private static bool IsCompressed(CapturedExchange exchange) => exchange.Response?.Header("Sec-WebSocket-Extensions") is not null;

    private PlainFrames PlainFramesOf(CapturedExchange exchange)
    {
        if (!_frames.TryGetValue(exchange, out var frames))
        {
            _frames.Add(exchange, frames = new PlainFrames());
        }

        return frames;
    }

    private async Task<LiveExchange> StartAsync(CapturedExchange exchange)
    {
        var isWhole = exchange.Request is null or { IsUpgrade: true };
        var data = isWhole ? exchange.Writes[0].Data.ToArray() : [.. exchange.Writes.SelectMany(static write => write.Data.ToArray())];
        var live = await LiveExchange.StartAsync(exchange, _host.PortFor(exchange), exchange.Request is null ? data : Translate(data), _progress);
        if (exchange.Request is not null)
        {
            await _host.HasBegunAsync();
        }

        _live[exchange] = live;
        _uncompared.Add(live);
        return live;
    }

    /// <summary>Puts the live ids into a request.</summary>
    private byte[] Translate(byte[] request)
    {
        var end = request.AsSpan().IndexOf("\r\n\r\n"u8);
        var head = Encoding.Latin1.GetString(request, 0, end);
        foreach (var session in _sessions.Values.Distinct().Where(static session => session is { RecordedId: not null, LiveId: not null }))
        {
            head = head.Replace(session.RecordedId!, session.LiveId, StringComparison.Ordinal);
        }

        head = Regex.Replace(head, "(?<=\r\nCookie: )siotry(?==)", _cookie);
        return [.. Encoding.Latin1.GetBytes(head), .. request[end..]];
    }

    private async Task ExpectAsync(ReplayStep step)
    {
        var exchange = step.Exchange;
        if (exchange.Request is null || exchange.Response is null)
        {
            await ExpectRawAsync(exchange);
        }
        else if (WireForm.Of(exchange.Request, exchange.Response!) is { } form)
        {
            await ExpectPacketsAsync(step, form);
        }
        else
        {
            await ExpectAnswerAsync(exchange);
        }
    }

    private async Task ExpectRawAsync(CapturedExchange exchange)
    {
        var live = _live[exchange];
        if (!await _progress.WaitAsync(() => live.IsEnded, Patience.Limit) || !live.Raw.AsSpan().SequenceEqual(exchange.RawAnswer.Span))
        {
            _problems.Add($"{exchange}\nexpected {Encoding.UTF8.GetString(exchange.RawAnswer.Span)}\nactual   {Encoding.UTF8.GetString(live.Raw)}");
        }
    }

    private async Task ExpectAnswerAsync(CapturedExchange exchange)
    {
        var live = _live[exchange];
        if (!await WaitAsync(() => live.Response.IsComplete || live.IsEnded) || !live.Response.IsComplete)
        {
            _problems.Add($"{exchange} is not answered: {Encoding.UTF8.GetString(live.Raw)}");
            return;
        }

        var session = _sessions[exchange];
        session.LiveId ??= session.RecordedId is null ? null : CapturedSession.FindHandshakeId(live.Response.Text);
        session.Poll = session.Poll == live ? null : session.Poll;
        CompareAnswers(exchange, live, session, hasBody: true);
    }

    private async Task ExpectPacketsAsync(ReplayStep step, WireForm form)
    {
        var exchange = step.Exchange;
        var session = _sessions[exchange];
        foreach (var packet in PacketsOf(step, form).SelectMany(packet => Change(session.ForgetRecorded(packet))))
        {
            session.Expect(packet);
        }

        var isLost = false;
        // The head of a stream is compared even where nothing has come with it yet.
        while ((session.ActualCount < session.ExpectedCount || (!IsPoll(exchange) && _uncompared.Contains(_live[exchange]))) && !isLost)
        {
            if (IsPoll(exchange))
            {
                session.Poll ??= await StartAsync(exchange);
            }

            isLost = !await ReceiveAsync(session, exchange);
        }
    }

    /// <summary>The packets that came with one arrival.</summary>
    private static IEnumerable<string> PacketsOf(ReplayStep step, WireForm form)
    {
        var arrivals = step.Exchange.Arrivals;
        var index = arrivals.TakeWhile(arrival => arrival.At < step.At || arrival.Length < step.Position).Count();
        var isStream = step.Exchange.Response is { IsComplete: false } or { IsUpgrade: true };
        var before = isStream && index > 0 ? form.Decode(step.Exchange.Response!.Body.Span[..arrivals[index - 1].Length]).Count : 0;
        return form.Decode(step.Exchange.Response!.Body.Span[..step.Position]).Skip(before).SelectMany(static unit => unit.Packets);
    }

    private IEnumerable<string> Change(string packet)
    {
        IReadOnlyList<string> packets = [packet];
        foreach (var deviation in _deviations)
        {
            packets = [.. packets.SelectMany(packet =>
            {
                var changed = deviation.Change(packet, _uses.GetValueOrDefault(deviation));
                return changed is not null && Use(deviation) ? changed : [packet];
            })];
        }

        return packets;
    }

    /// <summary>Waits for packets on any transport of a session, and notes them.</summary>
    /// <returns>Whether any have come.</returns>
    private async Task<bool> ReceiveAsync(CapturedSession session, CapturedExchange expected)
    {
        if (!await WaitAsync(() => Sources(session).Any(HasNews)))
        {
            var came = string.Join('\n', Sources(session).Select(static live => $"{live.Captured}: {Encoding.UTF8.GetString(live.Raw)}"));
            _problems.Add($"{expected}: nothing more has come.\n{came}");
            return false;
        }

        var isAnswered = true;
        foreach (var live in Sources(session).Where(live => _progress.Read(() => HasNews(live))).ToList())
        {
            isAnswered &= _progress.Read(() => Take(session, live, IsPoll(live.Captured) && IsPoll(expected) ? expected : live.Captured));
        }

        return isAnswered;
    }

    private static IEnumerable<LiveExchange> Sources(CapturedSession session) => session.Poll is { } poll ? session.Streams.Append(poll) : session.Streams;

    private bool HasNews(LiveExchange live) => IsPoll(live.Captured)
        ? live.Response.IsComplete
        : live.Response.HasHead && ((_uncompared.Contains(live) && !BeginsWithPackets(live.Captured)) || UnitsOf(live)?.Count > live.TakenUnits);

    /// <summary>Whether an answer's form shows at its first packet alone: what a body has before it may come in parts.</summary>
    private static bool BeginsWithPackets(CapturedExchange exchange) => exchange.Response!.StatusCode != 101 &&
        WireForm.Of(exchange.Request!, exchange.Response!)?.Decode(exchange.Response!.Body.Span) is { Count: > 0 };

    /// <summary>Notes what has come of an answer.</summary>
    /// <returns>Whether it can have packets.</returns>
    private bool Take(CapturedSession session, LiveExchange live, CapturedExchange expected)
    {
        var isPoll = IsPoll(live.Captured);
        if (isPoll)
        {
            session.Poll = null;
        }

        if (_uncompared.Remove(live))
        {
            CompareAnswers(expected, live, session, hasBody: false);
        }

        if (WireForm.Of(live.Captured.Request!, live.Response) is not { } form)
        {
            _problems.Add($"{live.Captured} is answered without packets: {live.Response.StartLine} {live.Response.Text}");
            return false;
        }

        var units = form.Decode(live.Response.Body.Span);
        var written = form.Encode(units);
        if (!live.Response.Body.Span.StartsWith(written) || (isPoll && written.Length != live.Response.Body.Length))
        {
            _problems.Add($"{live.Captured} is not answered with {form}: {live.Response.Text}");
        }

        foreach (var packet in units.Skip(live.TakenUnits).SelectMany(static unit => unit.Packets))
        {
            session.Receive(packet);
        }

        live.TakenUnits = units.Count;
        return true;
    }

    /// <summary>The type of a poll's answer: binary where a packet is, and always for browsers before client 1.1, which take nothing else for packets.</summary>
    private static string PollType(CapturedExchange exchange, LiveExchange live)
    {
        var target = exchange.Request!.Target;
        var isBinary = Regex.IsMatch(target, "[?&]EIO=2") || (UnitsOf(live) is { } units && units.Any(static unit => unit.Packets.Any(Payload.IsBinary)));
        return isBinary && !Regex.IsMatch(target, "[?&]b64=") ? "application/octet-stream" : "text/plain; charset=UTF-8";
    }

    /// <summary>What has come of an answer; null where it holds no packets.</summary>
    private static IReadOnlyList<CapturedUnit>? UnitsOf(LiveExchange live) =>
        WireForm.Of(live.Captured.Request!, live.Response)?.Decode(live.Response.Body.Span);

    /// <summary>Waits for the server; where it waits for a timer of its own, the clock goes on.</summary>
    private async Task<bool> WaitAsync(Func<bool> hasCome)
    {
        if (await _progress.WaitAsync(hasCome, Soon))
        {
            return true;
        }

        for (var waited = TimeSpan.Zero; waited < TimeSpan.FromSeconds(3); waited += Step)
        {
            _host.Time.Advance(Step);
            _now += Step;
            if (await _progress.WaitAsync(hasCome, Step))
            {
                return true;
            }
        }

        return await _progress.WaitAsync(hasCome, Soon);
    }

    private void CompareAnswers(CapturedExchange exchange, LiveExchange live, CapturedSession session, bool hasBody)
    {
        var (recorded, actual) = BodiesOf(exchange, live, session, hasBody);
        var expected = ExpectedAnswer.Of(exchange.Response!, exchange.Response!, session.ForgetRecorded, recorded);
        if (IsPoll(exchange) && session.Dialect == CapturedDialect.EngineIO && !hasBody && !Regex.IsMatch(exchange.Request!.Target, "[?&]j="))
        {
            // A poll that has other packets than the recorded one may have another form.
            expected.Headers["Content-Type"] = PollType(exchange, live);
        }

        foreach (var deviation in _deviations.Where(deviation => deviation.Change(exchange, expected)))
        {
            Use(deviation);
        }

        session.LiveId ??= !hasBody && UnitsOf(live) is [var first, ..] ? session.FindId(first.Packets[0]) : null;
        var answer = ExpectedAnswer.Of(live.Response, exchange.Response!, session.ForgetLive, actual);
        if (expected.ToString() != answer.ToString())
        {
            _problems.Add($"{exchange}\n--- expected\n{expected}\n--- actual\n{answer}");
        }

        _cookie = live.Response.Header("Set-Cookie")?.Split('=')[0] ?? _cookie;
        if (exchange.Response!.Header("Content-Length") is not null && live.Response.Header("Content-Length") is null)
        {
            _problems.Add($"{exchange} is answered without its length.");
        }
    }

    /// <summary>What is compared of the bodies: of packets their form, of a file that was not recorded whole nothing.</summary>
    private static (string Recorded, string Live) BodiesOf(CapturedExchange exchange, LiveExchange live, CapturedSession session, bool hasBody)
    {
        if (hasBody)
        {
            return exchange.IsTruncated ? ("", "") : (exchange.Response!.Text, live.Response.Text);
        }

        return session.Dialect == CapturedDialect.EngineIO
            ? ("", "")
            : (WireForm.Of(exchange.Request!, exchange.Response!)!.ToString(), WireForm.Of(live.Captured.Request!, live.Response)?.ToString() ?? "");
    }

    private async Task CloseAsync(CapturedExchange exchange)
    {
        var session = _sessions.GetValueOrDefault(exchange);
        var live = IsPoll(exchange) ? session!.Poll : _live.GetValueOrDefault(exchange);
        if (live is null)
        {
            return;
        }

        session!.Poll = session.Poll == live ? null : session.Poll;
        session.Streams.Remove(live);
        live.Dispose();
        await _host.HasEndedAsync(live.Port);
    }

    /// <summary>Whether a request waits for packets and is answered once.</summary>
    private static bool IsPoll(CapturedExchange exchange) =>
        exchange.Request is { Method: "GET", IsUpgrade: false } request && Regex.IsMatch(request.Target, "[?&]transport=polling|/(xhr|jsonp)-polling") && !request.Target.Contains("disconnect", StringComparison.Ordinal);

    private sealed record ReplayStep(TimeSpan At, Kind Kind, CapturedExchange Exchange, int Position);
}
