namespace SocketIO.Protocol;

/// <summary>One offer of permessage-deflate, judged as its parameters are read (RFC 7692, section 7.1).</summary>
internal ref struct PerMessageDeflateOffer(ReadOnlySpan<char> extension)
{
    // A DeflateStream always uses the largest window, of 2 to the power of 15 bytes.
    private const int WindowBits = 15;
    private const int SmallestWindowBits = 8;

    private const string BasicResponse = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    private const string WindowResponse = BasicResponse + "; server_max_window_bits=15";

    private Parameters _seen;

    [Flags]
    private enum Parameters
    {
        None = 0,
        ServerNoContextTakeover = 1,
        ClientNoContextTakeover = 2,
        ServerMaxWindowBits = 4,
        ClientMaxWindowBits = 8,
    }

    public bool IsAcceptable { get; private set; } = extension is "permessage-deflate";

    /// <summary>A limit of the server's window is repeated to be accepted (section 7.1.2.1); one of the client's is a hint that may be ignored.</summary>
    public readonly string Response => _seen.HasFlag(Parameters.ServerMaxWindowBits) ? WindowResponse : BasicResponse;

    public void Add(ReadOnlySpan<char> name, ReadOnlySpan<char> value, bool hasValue)
    {
        Parameters parameter = name switch
        {
            "server_no_context_takeover" => Parameters.ServerNoContextTakeover,
            "client_no_context_takeover" => Parameters.ClientNoContextTakeover,
            "server_max_window_bits" => Parameters.ServerMaxWindowBits,
            "client_max_window_bits" => Parameters.ClientMaxWindowBits,
            _ => Parameters.None,
        };
        IsAcceptable &= parameter switch
        {
            Parameters.ServerNoContextTakeover or Parameters.ClientNoContextTakeover => !hasValue,
            Parameters.ServerMaxWindowBits => hasValue && IsWindowBits(value, WindowBits),
            Parameters.ClientMaxWindowBits => !hasValue || IsWindowBits(value, SmallestWindowBits),
            _ => false,
        } && !_seen.HasFlag(parameter);
        _seen |= parameter;
    }

    // Decimal without leading zeros.
    private static bool IsWindowBits(ReadOnlySpan<char> value, int smallest)
    {
        int bits = value switch
        {
            [>= '1' and <= '9' and var ones] => ones - '0',
            ['1', >= '0' and <= '9' and var ones] => 10 + ones - '0',
            _ => 0,
        };
        return bits >= smallest && bits <= WindowBits;
    }
}
