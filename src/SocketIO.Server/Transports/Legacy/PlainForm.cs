using System.Buffers;
using System.Globalization;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Bodies of clients before 0.7: what they send is the form field <c>data</c>.</summary>
internal class PlainForm : PollingForm
{
    private protected PlainForm()
    {
    }

    /// <summary>The form of <c>xhr-polling</c>, and of the POSTs of all that stream.</summary>
    public static PlainForm Xhr { get; } = new();

    /// <summary>Whether a form of the browser's own makes the bodies.</summary>
    protected virtual bool IsPostedByForm => false;

    public override bool TryReadBody(ReadOnlyMemory<byte> body, out ReadOnlyMemory<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(body.Length, 1));
        var isThere = FormField.TryRead(body.Span, "data"u8, output, IsPostedByForm);
        payload = output.WrittenMemory;
        return isThere;
    }
}

/// <summary>The form of <c>jsonp-polling</c>: answers are <c>io.JSONP[i]._("…");</c>.</summary>
/// <param name="index">The index of the function, as the client gave it.</param>
/// <param name="ending">What ends the call.</param>
internal sealed class PlainJsonpForm(string index, string ending) : PlainForm
{
    // Only a number is ever echoed: nothing can be injected through it.
    private readonly int _index = int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    public override string ContentType => "text/javascript; charset=UTF-8";

    protected override bool IsPostedByForm => true;

    public override ReadOnlyMemory<byte> FormatAnswer(ReadOnlyMemory<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>(payload.Length + 64);
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"io.JSONP[{_index}]._("), output);
        ScriptString.Write(payload.Span, output);
        Encoding.UTF8.GetBytes(ending, output);
        return output.WrittenMemory;
    }
}
