using System.Buffers;
using System.Globalization;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>JSONP of clients 0.7 to 0.9: answers are <c>io.j[i]("…");</c>, bodies are the form field <c>d</c>.</summary>
/// <param name="index">The client's index of the function, 0 if it is no number.</param>
internal sealed class ProtocolOneJsonpForm(string? index) : PollingForm
{
    private readonly int _index = TryParse(index, out var number) ? number : 0;

    public override string ContentType => "text/javascript; charset=UTF-8";

    /// <summary>Reads an index. Only a number is ever echoed: nothing can be injected through it.</summary>
    public static bool TryParse(string? index, out int number) => int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    public override ReadOnlyMemory<byte> FormatAnswer(ReadOnlyMemory<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>(payload.Length + 64);
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"io.j[{_index}]("), output);
        ScriptString.Write(payload.Span, output);
        output.Write(");"u8);
        return output.WrittenMemory;
    }

    public override bool TryReadBody(ReadOnlyMemory<byte> body, out ReadOnlyMemory<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(body.Length, 1));
        try
        {
            ProtocolOneForm.Read(body.Span, output);
        }
        catch (EngineFormatException)
        {
            payload = default;
            return false;
        }

        payload = output.WrittenMemory;
        return true;
    }
}
