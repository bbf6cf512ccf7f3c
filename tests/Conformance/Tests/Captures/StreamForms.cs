// The bodies that never end: scripts in a page, parts of a multipart answer, frames.
using System.Buffers.Binary;
using System.Text;

namespace SocketIO.Conformance.Tests;

internal abstract partial class WireForm
{
    /// <summary>A sign of life without a packet.</summary>
    private const string Heartbeat = "(heartbeat)";

    /// <summary>htmlfile: a page that never ends, a script for each payload.</summary>
    private sealed class ScriptsForm(string opening, string start, string end, bool escapesSlash, Payload payload) : WireForm
    {
        private const string ScriptEnd = "</script>";
        private const string Comment = "<!-- heartbeat -->";

        public override string ToString() => $"scripts of {payload} after {opening.Length} bytes{(escapesSlash ? ", / escaped" : "")}";

        public static ScriptsForm Of(HttpTape response, bool isProtocolOne, Payload payload)
        {
            if (isProtocolOne)
            {
                var function = "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>";
                return new ScriptsForm(function.PadRight(256), "<script>_(", ");" + ScriptEnd, response.Text.Contains("\\/", StringComparison.Ordinal), payload);
            }

            // Servers of generation 0 began with a byte less than all later ones.
            var length = response.Text.IndexOf("<script>", StringComparison.Ordinal);
            return new ScriptsForm("<html><body>".PadRight(length is 255 ? 255 : 256), "<script>parent.s._(", ", document);" + ScriptEnd, false, payload);
        }

        public override IReadOnlyList<CapturedUnit> Decode(ReadOnlySpan<byte> body)
        {
            var units = new List<CapturedUnit>();
            var page = Encoding.UTF8.GetString(body);
            var at = opening.Length;
            while (at < page.Length)
            {
                var isComment = page.AsSpan(at).StartsWith(Comment, StringComparison.Ordinal);
                var length = isComment ? Comment.Length : page.IndexOf(ScriptEnd, at, StringComparison.Ordinal) - at + ScriptEnd.Length;
                if (length < ScriptEnd.Length)
                {
                    break;
                }

                var element = page.Substring(at, length);
                units.Add(isComment ? new CapturedUnit([Heartbeat], []) : Decode(element));
                at += length;
            }

            return units;
        }

        public override byte[] Encode(IReadOnlyList<CapturedUnit> units) => Encoding.UTF8.GetBytes(opening + string.Concat(units.Select(Encode)));

        private CapturedUnit Decode(string element)
        {
            var argument = element[start.Length..^end.Length];
            // The servers of generation 0 wrote the envelope as the object that it is.
            return argument[0] == '"' ? Unit(payload, Encoding.UTF8.GetBytes(ScriptText.Parse(argument))) : new CapturedUnit([.. payload.Decode(Encoding.UTF8.GetBytes(argument))], [0]);
        }

        private string Encode(CapturedUnit unit)
        {
            if (unit.Packets[0] == Heartbeat)
            {
                return Comment;
            }

            var isObject = unit.Sample is [0];
            var text = Encoding.UTF8.GetString(payload.Encode(unit.Packets, isObject ? "{"u8 : unit.Sample));
            var script = isObject ? text : ScriptText.Stringify(text);
            return start + (escapesSlash ? script.Replace("/", "\\/", StringComparison.Ordinal) : script) + end;
        }
    }

    /// <summary>xhr-multipart: a part for each payload.</summary>
    private sealed class PartsForm(Payload payload) : WireForm
    {
        private const string Boundary = "--socketio\n";
        private const string PartHead = "Content-Type: text/plain\n\n";
        private const string LifePart = "Content-Type: text/plain; charset=us-ascii\n\n\x06\n" + Boundary;

        public override string ToString() => $"parts of {payload}";

        public override IReadOnlyList<CapturedUnit> Decode(ReadOnlySpan<byte> body)
        {
            var units = new List<CapturedUnit>();
            var text = Encoding.UTF8.GetString(body);
            var at = Boundary.Length;
            for (var end = 0; at < text.Length && (end = text.IndexOf("\n" + Boundary, at, StringComparison.Ordinal)) >= 0; at = end + 1 + Boundary.Length)
            {
                var part = text[at..end];
                units.Add(part.EndsWith('\x06') ? new CapturedUnit([Heartbeat], []) : Unit(payload, Encoding.UTF8.GetBytes(part[PartHead.Length..])));
            }

            return units;
        }

        public override byte[] Encode(IReadOnlyList<CapturedUnit> units) => Encoding.UTF8.GetBytes(Boundary + string.Concat(units.Select(unit =>
            unit.Packets[0] == Heartbeat ? LifePart : PartHead + Encoding.UTF8.GetString(payload.Encode(unit.Packets, unit.Sample)) + "\n" + Boundary)));
    }

    /// <summary>RFC 6455 and the drafts before it: a frame for each payload.</summary>
    private sealed class FramesForm(Payload payload) : WireForm
    {
        public override string ToString() => $"frames of {payload}";

        public override IReadOnlyList<CapturedUnit> Decode(ReadOnlySpan<byte> body)
        {
            var units = new List<CapturedUnit>();
            while (body.Length >= 2)
            {
                var isLong = body[1] == 126;
                var head = isLong ? 4 : 2;
                var length = !isLong ? body[1] : body.Length < head ? int.MaxValue : BinaryPrimitives.ReadUInt16BigEndian(body[2..]);
                if (length > body.Length - head)
                {
                    break;
                }

                var data = body.Slice(head, length);
                units.Add(body[0] == 0x88 ? new CapturedUnit([$"(close {Convert.ToHexStringLower(data)})"], data.ToArray()) : Unit(payload, data));
                body = body[(head + length)..];
            }

            return units;
        }

        public override byte[] Encode(IReadOnlyList<CapturedUnit> units) => [.. units.SelectMany(unit =>
        {
            var isClose = unit.Packets[0].StartsWith("(close", StringComparison.Ordinal);
            var data = isClose ? unit.Sample : payload.Encode(unit.Packets, unit.Sample);
            var opcode = isClose ? (byte)0x88 : Payload.IsBinary(unit.Packets[0]) ? (byte)0x82 : (byte)0x81;
            return (byte[])(data.Length < 126 ? [opcode, (byte)data.Length, .. data] : [opcode, 126, (byte)(data.Length >> 8), (byte)data.Length, .. data]);
        })];
    }

    /// <summary>The drafts hixie-75 and hixie-76: after the digest, texts between the bytes 00 and FF.</summary>
    private sealed class HixieForm(int digestLength, Payload payload) : WireForm
    {
        private static readonly byte[] Close = [0xff, 0];
        private byte[] _digest = [];

        public override string ToString() => $"frames of {payload} after {digestLength} bytes";

        public override IReadOnlyList<CapturedUnit> Decode(ReadOnlySpan<byte> body)
        {
            var units = new List<CapturedUnit>();
            _digest = body[..Math.Min(digestLength, body.Length)].ToArray();
            body = body[_digest.Length..];
            for (var end = 0; body.Length >= 2; body = body[(end + 1)..])
            {
                if (body.StartsWith(Close))
                {
                    units.Add(new CapturedUnit(["(close)"], []));
                    end = 1;
                    continue;
                }

                end = body.IndexOf((byte)0xff);
                if (end < 0)
                {
                    break;
                }

                units.Add(Unit(payload, body[1..end]));
            }

            return units;
        }

        public override byte[] Encode(IReadOnlyList<CapturedUnit> units) => [.. _digest, .. units.SelectMany(unit =>
            unit.Packets[0] == "(close)" ? Close : [0, .. payload.Encode(unit.Packets, unit.Sample), 0xff])];
    }
}
