using System.Net.WebSockets;
using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>Options of a <see cref="SocketIOClient"/>; they are read when it is made.</summary>
public sealed class SocketIOClientOptions
{
    /// <summary>The generation of the server. Default: the current one.</summary>
    public ClientProtocol Protocol { get; set; } = ClientProtocol.Current;

    /// <summary>Below which path the server listens. Default <c>/socket.io</c>.</summary>
    public string Path { get; set; } = "/socket.io";

    /// <summary>
    /// What the server gets as the <c>auth</c> payload, an object; <see langword="null"/>, the default, sends none. Protocols before the current one have none.
    /// </summary>
    public object? Auth { get; set; }

    /// <summary>How arguments are written and read. Default: <see cref="JsonSerializerDefaults.Web"/>.</summary>
    public JsonSerializerOptions SerializerOptions { get; set; } = new(JsonSerializerDefaults.Web);

    /// <summary>Sets the WebSocket up before it connects: headers such as <c>Origin</c>, cookies, certificates, a proxy. Default: nothing.</summary>
    public Action<ClientWebSocketOptions>? ConfigureWebSocket { get; set; }

    /// <summary>How long connecting may take, until the server has let the client in. 1 ms to 1 day; default 20 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the end of a connection may take: to send what waits, and to hear the server's good-bye. 1 ms to 1 day; default 5 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait for an answer, unless <see cref="SocketIOClient.Timeout"/> says otherwise. 1 ms to 1 day; default 30 s.</summary>
    public TimeSpan AckTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// After how long a silence of the server the connection counts as lost, with protocols before the current one, where servers do not say. Their heartbeats
    /// come every 10 s. 1 ms to 1 day; default 15 s, as clients 0.6 have it.
    /// </summary>
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The most bytes of a message from the server; a larger one ends the connection with <c>transport error</c>. Default 16 MiB.</summary>
    public int MaxMessageBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>What a packet from the server may hold; beyond it the connection ends with <c>parse error</c>.</summary>
    public PacketLimits PacketLimits { get; set; } = PacketLimits.Default;

    /// <summary>
    /// The most bytes that may wait to be sent; what would be more throws <see cref="ClientQueueFullException"/>. A single packet may be larger where nothing else
    /// waits. Default 16 MiB.
    /// </summary>
    public int MaxOutboundBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>The most answers that may be waited for at a time; a further question throws <see cref="ClientQueueFullException"/>. Default 1000.</summary>
    public int MaxPendingAcks { get; set; } = 1000;

    /// <summary>How many asynchronous handlers may be running at a time; further events wait. Default 1000.</summary>
    public int MaxConcurrentEvents { get; set; } = 1000;

    /// <summary>The most bytes of events that may wait for handlers; above it the connection ends with <c>transport error</c>. Default 4 MiB.</summary>
    public int MaxQueuedEventBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>The clock of all time-outs. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>A copy that does not change any more.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    internal SocketIOClientOptions Freeze()
    {
        NotNull(Protocol, nameof(Protocol));
        NotNull(SerializerOptions, nameof(SerializerOptions));
        NotNull(PacketLimits, nameof(PacketLimits));
        NotNull(TimeProvider, nameof(TimeProvider));
        if (Path is not ['/', ..])
        {
            throw new ArgumentException($"{nameof(SocketIOClientOptions)}.{nameof(Path)} begins with a slash; it is \"{Path}\".");
        }

        if (Auth is not null && !Protocol.Parser.Encoder.Has(PacketType.Connect))
        {
            throw new ArgumentException(
                $"{nameof(SocketIOClientOptions)}.{nameof(Auth)} is for the current protocol; those before 0.7 have nothing that could carry it. Use the URL's query or {nameof(ConfigureWebSocket)}.");
        }

        WithinADay(ConnectTimeout, nameof(ConnectTimeout));
        WithinADay(CloseTimeout, nameof(CloseTimeout));
        WithinADay(AckTimeout, nameof(AckTimeout));
        WithinADay(HeartbeatTimeout, nameof(HeartbeatTimeout));
        Positive(MaxMessageBytes, nameof(MaxMessageBytes));
        Positive(MaxOutboundBytes, nameof(MaxOutboundBytes));
        Positive(MaxPendingAcks, nameof(MaxPendingAcks));
        Positive(MaxConcurrentEvents, nameof(MaxConcurrentEvents));
        Positive(MaxQueuedEventBytes, nameof(MaxQueuedEventBytes));
        return (SocketIOClientOptions)MemberwiseClone();
    }

    private static void NotNull(object? value, string name)
    {
        if (value is null)
        {
            throw new ArgumentException($"{nameof(SocketIOClientOptions)}.{name} is missing.");
        }
    }

    private static void WithinADay(TimeSpan value, string name)
    {
        if (value < TimeSpan.FromMilliseconds(1) || value > TimeSpan.FromDays(1))
        {
            throw new ArgumentException($"{nameof(SocketIOClientOptions)}.{name} is between 1 ms and 1 day; it is {value}.");
        }
    }

    private static void Positive(int value, string name)
    {
        if (value <= 0)
        {
            throw new ArgumentException($"{nameof(SocketIOClientOptions)}.{name} is above zero; it is {value}.");
        }
    }
}
