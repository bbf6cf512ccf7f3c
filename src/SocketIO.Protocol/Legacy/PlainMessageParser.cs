namespace SocketIO.Protocol;

/// <summary>
/// The parser of the generations before 0.7, which know messages only: texts and, from 0.6 on, JSON. There are no namespaces, acknowledgements or binary
/// values; the root namespace is joined by the greeting.
/// </summary>
/// <remarks>
/// <para>The event <c>message</c> with one argument is a message: a string is a text, a number its digits, any other value JSON. With several arguments it is
/// several messages. A text is the event with one string.</para>
/// <para>Any other event is the JSON message <c>{"name":"…","args":[…]}</c>, and a JSON message of exactly these two members is an event, unless its name is
/// reserved.</para>
/// </remarks>
public sealed class PlainMessageParser : PacketParser
{
    private readonly PlainForm _form;

    private PlainMessageParser(PlainForm form)
    {
        _form = form;
        Encoder = new PlainMessageEncoder(form);
    }

    /// <summary>
    /// The parser for <see cref="LengthFramedCodec"/> and <see cref="EnvelopeCodec"/>: <c>~j~</c> comes before JSON. <c>~j~</c> before anything else is part of
    /// a text. A text that begins with <c>~j~</c> or <c>~h~</c> is sent as a JSON string, for clients would take it for JSON or a heartbeat.
    /// </summary>
    public static PlainMessageParser Marked { get; } = new(PlainForm.Marked);

    /// <summary>
    /// The parser for <see cref="StreamingCodec"/>: lines of annotations come before the text, see <see cref="AnnotatedMessage"/>. <c>j</c> says that the
    /// text is JSON; <c>r</c>, the realm, is a namespace without its slash.
    /// </summary>
    public static PlainMessageParser Annotated { get; } = new(PlainForm.Annotated);

    /// <inheritdoc/>
    public override PacketEncoder Encoder { get; }

    /// <inheritdoc/>
    public override PacketDecoder CreateDecoder(PacketLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new PlainMessageDecoder(_form, limits);
    }
}
