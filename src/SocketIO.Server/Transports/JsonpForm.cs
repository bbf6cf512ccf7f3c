// Polling for pages that may only load scripts: the answer is a call of a function of the page's own.
using System.Buffers;
using System.Globalization;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>JSONP polling: answers are <c>___eio[n]("…");</c>, bodies are the form field <c>d</c>.</summary>
internal sealed class JsonpForm(string index) : PollingForm
{
    // Only digits of the client's value are ever echoed: nothing can be injected through it.
    private readonly string _head = "___eio[" + KeepDigits(index) + "](";

    public override string ContentType => "text/javascript; charset=UTF-8";

    public override ReadOnlyMemory<byte> FormatAnswer(ReadOnlyMemory<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>(payload.Length + 64);
        output.Write(Encoding.ASCII.GetBytes(_head));
        // As JSON.stringify has it, unless the text could end a script element or begin a comment.
        ScriptString.Write(payload.Span, output, inHtml: payload.Span.Contains((byte)'<'));
        output.Write(");"u8);
        return output.WrittenMemory;
    }

    public override ReadOnlyMemory<byte> ReadBody(ReadOnlyMemory<byte> body)
    {
        var form = Encoding.UTF8.GetString(body.Span);
        foreach (var field in form.Split('&'))
        {
            if (!field.StartsWith("d=", StringComparison.Ordinal))
            {
                continue;
            }

            var text = Uri.UnescapeDataString(field[2..].Replace('+', ' '));
            return Encoding.UTF8.GetBytes(UnescapeNewlines(text));
        }

        return default;
    }

    // Clients write a line feed as \n and a backslash before an n as \\n, since forms change line feeds on their way.
    private static string UnescapeNewlines(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] == 'n')
            {
                result.Append('\n');
                i++;
            }
            else if (text[i] == '\\' && i + 2 < text.Length && text[i + 1] == '\\' && text[i + 2] == 'n')
            {
                result.Append("\\n");
                i += 2;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    private static string KeepDigits(string index)
    {
        var digits = new string([.. index.Where(char.IsAsciiDigit).Take(9)]);
        return digits.Length == 0 ? "0" : int.Parse(digits, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
    }
}
