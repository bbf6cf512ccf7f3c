// Reads the text form of a recording: markers in lines of their own, and between them escaped bytes, with a line break after each \n.
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SocketIO.Conformance.Tests;

/// <summary>Reads the files of <c>tests/Conformance/Captures</c>.</summary>
internal sealed partial class CaptureReader
{
    // In the files of raw requests the clock is not written down; each connection was watched for as long as its answer's marker says.
    private static readonly TimeSpan AnswerDelay = TimeSpan.FromMilliseconds(1);

    private readonly string[] _lines;
    private readonly List<CapturedConnection> _connections = [];
    private int _next;
    private TimeSpan _now;

    private CaptureReader(string[] lines) => _lines = lines;

    /// <exception cref="FormatException">The file is none of these recordings.</exception>
    public static Capture Read(string name, string[] lines)
    {
        var reader = new CaptureReader(lines);
        reader.ReadConnections();
        return new Capture(name, lines[0].TrimStart('#', ' '), reader._connections);
    }

    private void ReadConnections()
    {
        List<CapturedEvent> events = [];
        while (_next < _lines.Length)
        {
            var line = _lines[_next++];
            if (line.StartsWith("# application log", StringComparison.Ordinal))
            {
                return;
            }

            if (ConnectionLine().Match(line) is { Success: true } connection)
            {
                events = [];
                _connections.Add(new CapturedConnection(connection.Groups["name"].Value, events));
            }
            else if (DataLine().Match(line) is { Success: true } data)
            {
                var kind = data.Groups["from"].Value == "client" ? CapturedEventKind.FromClient : CapturedEventKind.FromServer;
                events.Add(new CapturedEvent(kind, Seconds(data), ReadData(Number(data, "bytes")), false));
            }
            else if (CloseLine().Match(line) is { Success: true } close)
            {
                var kind = close.Groups["by"].Value == "client" ? CapturedEventKind.ClientClosed : CapturedEventKind.ServerClosed;
                events.Add(new CapturedEvent(kind, Seconds(close), []));
            }
            else if (line == ">>>")
            {
                ReadRawRequest(events);
            }
            else if (!Remark().IsMatch(line))
            {
                throw new FormatException($"Line {_next} is no part of a recording: {line}");
            }
        }
    }

    /// <summary>One request of the files of raw requests, with its answer.</summary>
    private void ReadRawRequest(List<CapturedEvent> events)
    {
        var request = new MemoryStream();
        while (!AnswerLine().IsMatch(_lines[_next]))
        {
            request.Write(Unescape(_lines[_next++]));
        }

        var marker = AnswerLine().Match(_lines[_next++]);
        events.Add(new CapturedEvent(CapturedEventKind.FromClient, _now, request.ToArray()));
        var count = Number(marker, "bytes");
        if (count > 0)
        {
            var data = ReadData(count);
            events.Add(new CapturedEvent(CapturedEventKind.FromServer, _now + AnswerDelay, data, data.Length < count));
        }

        if (marker.Groups["watched"].Success)
        {
            _now += TimeSpan.FromMilliseconds(Number(marker, "watched"));
            events.Add(new CapturedEvent(CapturedEventKind.ClientClosed, _now, []));
        }
        else
        {
            _now += 2 * AnswerDelay;
            events.Add(new CapturedEvent(CapturedEventKind.ServerClosed, _now, []));
        }
    }

    private byte[] ReadData(int count)
    {
        var data = new MemoryStream();
        while (data.Length < count)
        {
            var line = _lines[_next++];
            if (line == $"... ({count} bytes in all)")
            {
                return data.ToArray();
            }

            data.Write(Unescape(line));
        }

        return data.Length == count ? data.ToArray() : throw new FormatException($"Line {_next}: {data.Length} bytes instead of {count}.");
    }

    private byte[] Unescape(string line)
    {
        var data = new MemoryStream();
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] != '\\')
            {
                data.Write(Encoding.UTF8.GetBytes(line, i, 1));
                continue;
            }

            i++;
            data.WriteByte(line[i] switch
            {
                '\\' => (byte)'\\',
                'r' => (byte)'\r',
                'n' => (byte)'\n',
                'x' => byte.Parse(line.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                _ => throw new FormatException($"Line {_next}: \\{line[i]} is no escape."),
            });
            i += line[i] == 'x' ? 2 : 0;
        }

        return data.ToArray();
    }

    private static TimeSpan Seconds(Match match) => TimeSpan.FromSeconds(double.Parse(match.Groups["at"].Value, CultureInfo.InvariantCulture));

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:### connection (?<name>\d+) opened at .*|=== (?<name>.+))$")]
    private static partial Regex ConnectionLine();

    [GeneratedRegex(@"^(?:>>>|<<<) (?<from>client|server)->(?:client|server) (?<at>[\d.]+) \((?<bytes>\d+) bytes\)$")]
    private static partial Regex DataLine();

    [GeneratedRegex(@"^--- (?<by>client|server) (?:closed \(FIN\)|error \w+) at (?<at>[\d.]+)$")]
    private static partial Regex CloseLine();

    [GeneratedRegex(@"^<<< \((?<bytes>\d+) bytes, (?:server closed|connection left open after (?<watched>\d+) ms)\)$")]
    private static partial Regex AnswerLine();

    [GeneratedRegex(@"^(?:$|# | +# ws frame |\.\.\. \(test page )")]
    private static partial Regex Remark();
}
