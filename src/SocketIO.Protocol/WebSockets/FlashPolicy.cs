using System.Buffers;
using System.Security;
using System.Text;

namespace SocketIO.Protocol;

/// <summary>How a policy document is laid out. Flash reads each of them; the servers of each time wrote their own.</summary>
public enum FlashPolicyForm
{
    /// <summary>One element a line, as the servers 0.1 to 0.6 wrote it.</summary>
    Lines,

    /// <summary>Without any line break, as the servers 0.7 to 0.9 wrote it.</summary>
    Compact,

    /// <summary>As go-socket.io wrote it: indented, and with the declaration that no other policy of the host counts.</summary>
    MasterOnly,
}

/// <summary>
/// The question that Flash asks before it opens a socket, and the answer
/// (<see href="https://www.adobe.com/devnet/flashplayer/articles/socket_policy_files.html">socket policy files</see>).
/// </summary>
public static class FlashPolicy
{
    private const string Declaration = """<?xml version="1.0"?>""";
    private const string DocumentType =
        """<!DOCTYPE cross-domain-policy SYSTEM "http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd">""";

    private static readonly SearchValues<char> PortCharacters = SearchValues.Create("0123456789-,");

    /// <summary>The question: 23 bytes, with a zero and no line break at the end.</summary>
    public static ReadOnlySpan<byte> Request => "<policy-file-request/>\0"u8;

    /// <summary>Looks whether what begins a connection is the question. Nothing is consumed.</summary>
    /// <param name="input">What was received so far.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>: it is. <see cref="OperationStatus.NeedMoreData"/>: it may become it.
    /// <see cref="OperationStatus.InvalidData"/>: it is something else.
    /// </returns>
    public static OperationStatus Recognize(in ReadOnlySequence<byte> input)
    {
        Span<byte> begin = stackalloc byte[Request.Length];
        begin = begin[..(int)Math.Min(input.Length, begin.Length)];
        input.Slice(0, begin.Length).CopyTo(begin);
        return (Request.StartsWith(begin), begin.Length == Request.Length) switch
        {
            (false, _) => OperationStatus.InvalidData,
            (true, false) => OperationStatus.NeedMoreData,
            _ => OperationStatus.Done,
        };
    }

    /// <summary>Whether a text is an origin as a policy names it: <c>domain:ports</c>.</summary>
    /// <param name="origin">The text. Domain: <c>*</c>, a name, or <c>*.</c> and a name. Ports: <c>*</c>, or ports and ranges with commas between.</param>
    public static bool IsOrigin(string? origin)
    {
        int colon = origin?.LastIndexOf(':') ?? -1;
        return colon > 0
            && !origin.AsSpan(0, colon).ContainsAnyExceptInRange('!', '~')
            && origin.AsSpan(colon + 1) is { IsEmpty: false } ports
            && (ports is "*" || !ports.ContainsAnyExcept(PortCharacters));
    }

    /// <summary>Writes the document that lets pages of these origins open sockets.</summary>
    /// <param name="origins">The origins, each as <see cref="IsOrigin"/> has it.</param>
    /// <param name="form">The layout.</param>
    /// <returns>The document, in UTF-8. The end of the connection is its end.</returns>
    /// <exception cref="ArgumentException">One is no origin.</exception>
    public static byte[] CreateDocument(IEnumerable<string> origins, FlashPolicyForm form)
    {
        ArgumentNullException.ThrowIfNull(origins);
        (string end, string indent, string space) = form switch
        {
            FlashPolicyForm.Compact => ("", "", ""),
            FlashPolicyForm.MasterOnly => ("\n", "\t", " "),
            _ => ("\n", "", ""),
        };
        var text = new StringBuilder(Declaration + end + DocumentType + end + "<cross-domain-policy>" + end);
        if (form == FlashPolicyForm.MasterOnly)
        {
            text.Append("\t<site-control permitted-cross-domain-policies=\"master-only\" />\n");
        }

        foreach (string origin in origins)
        {
            if (!IsOrigin(origin))
            {
                throw new ArgumentException($"'{origin}' is no origin of a policy: domain:ports is expected, such as *:* or example.com:80,443.", nameof(origins));
            }

            int colon = origin.LastIndexOf(':');
            string domain = SecurityElement.Escape(origin[..colon])!;
            text.Append(indent).Append("<allow-access-from domain=\"").Append(domain).Append("\" to-ports=\"").Append(origin, colon + 1, origin.Length - colon - 1)
                .Append('"').Append(space).Append("/>").Append(end);
        }

        return Encoding.UTF8.GetBytes(text.Append("</cross-domain-policy>").Append(end).ToString());
    }
}
